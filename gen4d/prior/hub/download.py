"""A checkpoint of the hub in a local folder, pinned to one commit."""

from pathlib import Path

from gen4d.errors import InputError, MissingDependency
from gen4d.prior.hub.checkpoint import INDEX

PIP = "pip install gen4d[hub]"
PATTERNS = ("*.json", "*.txt", "*.model", "README.md", "*/*.safetensors")  # weights of parts; not of all in one file
PICKLES = ("*/*.bin",)
TWINS = ("*.fp16.*", "*.fp16-*", "*non_ema*", "safety_checker/*")  # the same again, or not used: gigabytes


def fetch(repository: str, revision: str | None, *, allow_pickle: bool) -> tuple[Path, str]:
    """Download a repository's files, or find them in the cache.

    Returns:
        folder: where they are.
        name: `OWNER/NAME@COMMIT`.

    Raises:
        MissingDependency: huggingface-hub is not installed.
        InputError: a wrong id or revision, a gated model, or no network and nothing in the cache.
    """
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import (
            GatedRepoError,
            HfHubHTTPError,
            HFValidationError,
            LocalEntryNotFoundError,
            RepositoryNotFoundError,
            RevisionNotFoundError,
        )
    except ImportError as error:
        raise MissingDependency(f"hub:{repository}: huggingface-hub is needed; run {PIP}.") from error
    patterns = [*PATTERNS, *(PICKLES if allow_pickle else ())]
    try:
        folder = Path(
            snapshot_download(repository, revision=revision, allow_patterns=patterns, ignore_patterns=[*TWINS])
        )
    except GatedRepoError as error:
        raise InputError(f"hub:{repository}: the model is gated; accept its licence there and log in first.") from error
    except RevisionNotFoundError as error:
        raise InputError(f"hub:{repository}: there is no revision '{revision}'.") from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise InputError(f"hub:{repository}: there is no such model; expected OWNER/NAME.") from error
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        raise InputError(
            f"hub:{repository}: it is not in the cache and the hub cannot be reached; download it elsewhere and give "
            "dir:FOLDER."
        ) from error
    if not (folder / INDEX).is_file():
        raise InputError(f"hub:{repository}: this is no diffusers pipeline ({INDEX} is missing).")
    return folder, f"{repository}@{folder.name}"  # the cache names a snapshot's folder by its commit
