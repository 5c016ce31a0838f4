// What a VRM program sees: node vrm_load.mjs FILE.glb..., one line of JSON a file. Needs three and @pixiv/three-vrm.
import { readFileSync } from "node:fs";
import { Vector3 } from "three";
import { GLTFLoader } from "three/examples/jsm/loaders/GLTFLoader.js";

globalThis.self = globalThis;
globalThis.ProgressEvent ??= class {};
globalThis.navigator ??= { userAgent: "" };
const { VRMLoaderPlugin } = await import("@pixiv/three-vrm");
const said = [];
console.warn = console.error = (...words) => said.push(words.join(" "));

for (const file of process.argv.slice(2)) {
  const data = readFileSync(file);
  const loader = new GLTFLoader();
  loader.register((parser) => new VRMLoaderPlugin(parser));
  // node decodes no pictures; a white pixel stands for each
  loader.register((parser) => ({ name: "pictures", beforeRoot: async () => { delete parser.json.textures;
    for (const material of parser.json.materials) for (const part of [material, material.pbrMetallicRoughness ?? {}])
      for (const key of Object.keys(part)) if (key.endsWith("Texture")) delete part[key]; } }));
  const gltf = await loader.parseAsync(data.buffer.slice(data.byteOffset, data.byteOffset + data.length), "");
  const vrm = gltf.userData.vrm;
  const line = { file: file.split("/").pop(), vrm: Boolean(vrm), said: said.splice(0) };
  if (vrm) {
    line.meta = vrm.meta;
    line.bones = Object.keys(vrm.humanoid.humanBones).length;
    // turning a normalised upper arm must carry the hand of the shown skeleton
    const hand = vrm.humanoid.getRawBoneNode("leftHand");
    const before = hand.getWorldPosition(new Vector3());
    vrm.humanoid.getNormalizedBoneNode("leftUpperArm").rotation.z = -1;
    vrm.update(1 / 60);
    vrm.scene.updateMatrixWorld(true);
    const after = hand.getWorldPosition(new Vector3());
    line.handMoved = Number(before.distanceTo(after).toFixed(4));
    line.handDown = Number((before.y - after.y).toFixed(4));
  }
  console.log(JSON.stringify(line));
}
