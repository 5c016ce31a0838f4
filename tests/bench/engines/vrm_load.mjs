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
    vrm.scene.updateMatrixWorld(true);
    const place = (bone) => vrm.humanoid.getRawBoneNode(bone).getWorldPosition(new Vector3());
    const away = (from, to, x, y, z) =>
      (place(to).sub(place(from)).normalize().angleTo(new Vector3(x, y, z)) * 180) / Math.PI;
    const limbs = [["leftUpperArm", "leftLowerArm", 1, 0, 0], ["leftLowerArm", "leftHand", 1, 0, 0],
      ["rightUpperArm", "rightLowerArm", -1, 0, 0], ["rightLowerArm", "rightHand", -1, 0, 0],
      ["leftUpperLeg", "leftLowerLeg", 0, -1, 0], ["leftLowerLeg", "leftFoot", 0, -1, 0],
      ["rightUpperLeg", "rightLowerLeg", 0, -1, 0], ["rightLowerLeg", "rightFoot", 0, -1, 0]];
    line.degreesFromT = Number(Math.max(...limbs.map((limb) => away(...limb))).toFixed(3));
    const lowest = () => {
      let low = Infinity;
      vrm.scene.updateMatrixWorld(true);
      vrm.scene.traverse((mesh) => {
        if (!mesh.isSkinnedMesh) return;
        mesh.skeleton.update();
        for (let index = 0; index < mesh.geometry.attributes.position.count; index += 1)
          low = Math.min(low, mesh.getVertexPosition(index, new Vector3()).applyMatrix4(mesh.matrixWorld).y);
      });
      return low;
    };
    line.ground = Number(lowest().toFixed(5));
    // a program poses the normalised humanoid, and the shown skeleton must follow: arms down, a knee bent
    const pose = (bone, axis, angle) => { vrm.humanoid.getNormalizedBoneNode(bone).rotation[axis] = angle; };
    const reach = place("leftUpperArm").distanceTo(place("leftHand"));
    const shin = place("leftLowerLeg").distanceTo(place("leftFoot"));
    pose("leftUpperArm", "z", -Math.PI / 2);
    pose("rightUpperArm", "z", Math.PI / 2);
    pose("leftLowerLeg", "x", Math.PI / 2);
    vrm.update(1 / 60);
    vrm.scene.updateMatrixWorld(true);
    // shares of what a stick figure would do; 1 is right
    line.leftHandDown = Number(((place("leftUpperArm").y - place("leftHand").y) / reach).toFixed(4));
    line.rightHandDown = Number(((place("rightUpperArm").y - place("rightHand").y) / reach).toFixed(4));
    line.shinBack = Number(((place("leftLowerLeg").z - place("leftFoot").z) / shin).toFixed(4));
  }
  console.log(JSON.stringify(line));
}
