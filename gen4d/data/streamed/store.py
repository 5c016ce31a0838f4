"""Records on the device: as pixels while the autoencoder learns, as latents for the prior."""

from collections import Counter
from itertools import islice
from pathlib import Path
from zlib import crc32

import torch

from gen4d.data.archive import photo_maps
from gen4d.data.streamed.files import ENDING, MAX_CAPTIONS, PHOTOS, Row, read_records
from gen4d.prior.archive import LATENT_STEP
from gen4d.prior.autoencoder import ViewAutoencoder
from gen4d.prior.modalities import PLANS, VIEWS, Modalities, pose_numbers
from gen4d.prior.text import TEXT_TOKENS, TEXT_WIDTH
from gen4d.prior.train_autoencoder import PHOTO_SHARE, to_maps

# How often a record of a source is drawn, before the square root of how often its name occurs: where words are given,
# and where a photo is. Nobody asks for an assemblage, but its photo teaches; it is one record in five.
WORDS_WEIGHT = {"makers": 3.0, "assemblage": 0.0}
PHOTO_WEIGHT = {"makers": 1.0, "assemblage": 0.7}
NAMELESS = "assemblage"  # all of them have one name, yet all are different
SPLITS = ("train", "validation")
ENCODED_AT_ONCE = 256  # pictures


class Store:
    """What was taken in so far; `settle` prepares drawing from it.

    Fields:
        part: which of the files this one takes, of how many equal shares.
        rows: N, their captions numbered over all files.
        maps, photos: by file, (n, 6, H, W, 8) and (n, P, H, W, 4) uint8, while there is no autoencoder.
        latents: (N, 6, C, S, S) int8 in steps of `LATENT_STEP`; pictures (N, P, C, S, S) likewise.
        tokens: (T, TEXT_TOKENS, TEXT_WIDTH) float16, features of all captions; index, their numbers by text.
        split_rows: by split, the numbers of its records; weights, how often each is drawn by words and by photo.
    """

    def __init__(self, folder: Path, device: torch.device, capacity: int, part: tuple[int, int] = (0, 1)) -> None:
        self.folder, self.device, self.capacity, self.part = folder, device, capacity, part
        self.rows: list[Row] = []
        self.maps: list[torch.Tensor] = []
        self.photos: list[torch.Tensor] = []
        self.latents = self.pictures = torch.zeros(0)
        self.poses = torch.zeros(0, PHOTOS, 2, device=device)
        self.index: dict[str, int] = {}
        self.tokens = torch.zeros(0, TEXT_TOKENS, TEXT_WIDTH, dtype=torch.float16, device=device)
        self.new_tokens: list[torch.Tensor] = []
        self.autoencoder: ViewAutoencoder | None = None
        self.split_rows: dict[str, torch.Tensor] = {}
        self.weights: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
        self.captions = torch.zeros(0, MAX_CAPTIONS, dtype=torch.long, device=device)

    def take(self, limit: int = 8) -> int:
        """Take in at most `limit` finished files and delete them; returns how many records there are."""
        rank, count = self.part
        mine = (path for path in self.folder.glob(f"*{ENDING}") if crc32(path.name.encode()) % count == rank)
        for path in list(islice(mine, limit)):
            if len(self.rows) >= self.capacity:
                break
            records = read_records(path)
            for text, tokens in zip(records.texts, records.tokens.to(self.device), strict=True):
                if text not in self.index:
                    self.index[text] = len(self.index)
                    self.new_tokens.append(tokens)
            for row in records.rows:
                self.rows.append({**row, "captions": [self.index[records.texts[c]] for c in row["captions"]]})
            self.poses = torch.cat([self.poses, records.poses.float().to(self.device)])
            self._add(records.maps.to(self.device), records.photos.to(self.device))
            path.unlink()
        return len(self.rows)

    def pixels(self, count: int, generator: torch.Generator) -> torch.Tensor:
        """Random views and some photos (count, 8, H, W) in [-1, 1]; the records of a file come together."""
        on = {"generator": generator, "device": self.device}
        files = count // min(len(maps) for maps in self.maps) + 1
        chosen = []
        for file in torch.randint(len(self.maps), (files,), **on).tolist():
            size = len(self.maps[file])
            row = torch.arange(size, device=self.device)
            maps = self.maps[file][row, torch.randint(VIEWS, (size,), **on)]
            photo = photo_maps(self.photos[file][row, torch.randint(PHOTOS, (size,), **on)])
            is_photo = torch.rand(size, **on) < PHOTO_SHARE
            chosen.append(torch.where(is_photo[:, None, None, None], photo, maps))
        return to_maps(torch.cat(chosen)[:count])

    def encode_all(self, autoencoder: ViewAutoencoder) -> None:
        """Turn all records, and those yet to come, into latents."""
        self.autoencoder = autoencoder
        maps, photos, self.maps, self.photos = self.maps, self.photos, [], []
        while maps:  # pixels are freed as latents are made
            self._add(maps.pop(0), photos.pop(0))

    def settle(self) -> None:
        """Prepare drawing from all records taken in so far."""
        if self.new_tokens:
            self.tokens = torch.cat([self.tokens, torch.stack(self.new_tokens).to(self.tokens)])
            self.new_tokens = []
        names = Counter(row["name"] for row in self.rows)
        for split in SPLITS:
            chosen = [number for number, row in enumerate(self.rows) if row["split"] == split]
            words, photo = [], []
            for row in (self.rows[number] for number in chosen):
                rarity, source = names[row["name"]] ** -0.5, row["source"]
                words.append(rarity * WORDS_WEIGHT.get(source, 1.0))
                photo.append((1.0 if source == NAMELESS else rarity**0.5) * PHOTO_WEIGHT.get(source, 1.0))
            self.split_rows[split] = torch.tensor(chosen, dtype=torch.long, device=self.device)
            self.weights[split] = (torch.tensor(words, device=self.device), torch.tensor(photo, device=self.device))
        cycled = [(row["captions"] * MAX_CAPTIONS)[:MAX_CAPTIONS] for row in self.rows]
        self.captions = torch.tensor(cycled, dtype=torch.long, device=self.device).view(-1, MAX_CAPTIONS)

    def draw(self, split: str, plans: torch.Tensor, generator: torch.Generator) -> Modalities:
        """See `prior.train.Items`; items whose words are given are drawn by other weights than those whose photo is."""
        count, on = len(plans), {"generator": generator, "device": self.device}
        by_words, by_photo = (torch.multinomial(w, count, True, generator=generator) for w in self.weights[split])
        names = [name for name, _ in PLANS]
        with_words = (plans == names.index("text")) | (plans == names.index("photo+text"))
        rows = self.split_rows[split][torch.where(with_words, by_words, by_photo)]
        which = torch.randint(PHOTOS, (count,), **on)
        text = self.tokens[self.captions[rows, torch.randint(MAX_CAPTIONS, (count,), **on)]].float()
        azimuth, elevation = self.poses[rows, which].unbind(-1)
        return Modalities(
            views=self.latents[rows].float() * LATENT_STEP,
            photo=self.pictures[rows, which].float() * LATENT_STEP,
            sentence=text[:, 0],
            words=text[:, 1:],
            pose=pose_numbers(azimuth, elevation),
        )

    def _add(self, maps: torch.Tensor, photos: torch.Tensor) -> None:
        if self.autoencoder is None:
            self.maps.append(maps)
            self.photos.append(photos)
            return
        images = torch.cat([maps.flatten(0, 1), photo_maps(photos.flatten(0, 1))])
        codes = torch.cat([_codes(part, self.autoencoder) for part in images.split(ENCODED_AT_ONCE)])
        split = len(maps) * VIEWS
        views, pictures = codes[:split].unflatten(0, (-1, VIEWS)), codes[split:].unflatten(0, (-1, PHOTOS))
        self.latents = torch.cat([self.latents, views]) if len(self.latents) else views
        self.pictures = torch.cat([self.pictures, pictures]) if len(self.pictures) else pictures


@torch.no_grad()
def _codes(pixels: torch.Tensor, autoencoder: ViewAutoencoder) -> torch.Tensor:
    """Latents (B, C, S, S) int8 of maps (B, H, W, 8) uint8."""
    with torch.autocast(pixels.device.type, torch.bfloat16, enabled=pixels.device.type == "cuda"):
        latents = autoencoder.encode(to_maps(pixels))
    return (latents.float() / LATENT_STEP).round().clamp(-127, 127).to(torch.int8)
