// Vertices that three.js shows: node three_vertices.mjs JOBS.json, see bench_engines.py for the jobs.
// Needs the npm package three where node finds it. Textures are not decoded: node has no images.
import { readFileSync, writeFileSync } from "node:fs";
import { AnimationMixer, Vector3 } from "three";
import { GLTFLoader } from "three/examples/jsm/loaders/GLTFLoader.js";
import { MeshoptDecoder } from "three/examples/jsm/libs/meshopt_decoder.module.js";

globalThis.self = globalThis;
globalThis.ProgressEvent ??= class {};

function withoutTextures(data) {
  const size = data.readUInt32LE(12);
  const json = JSON.parse(data.subarray(20, 20 + size));
  for (const key of ["images", "textures", "samplers"]) delete json[key];
  json.materials = (json.materials ?? []).map(() => ({}));
  json.extensionsUsed = (json.extensionsUsed ?? []).filter((name) => name !== "EXT_texture_webp");
  json.extensionsRequired = (json.extensionsRequired ?? []).filter((name) => name !== "EXT_texture_webp");
  let text = Buffer.from(JSON.stringify(json));
  text = Buffer.concat([text, Buffer.alloc((4 - (text.length % 4)) % 4, " ")]);
  const rest = data.subarray(20 + size);
  const head = Buffer.alloc(20);
  head.write("glTF");
  head.writeUInt32LE(2, 4);
  head.writeUInt32LE(20 + text.length + rest.length, 8);
  head.writeUInt32LE(text.length, 12);
  head.write("JSON", 16);
  const whole = Buffer.concat([head, text, rest]);
  return whole.buffer.slice(whole.byteOffset, whole.byteOffset + whole.length);
}

for (const job of JSON.parse(readFileSync(process.argv[2]))) {
  const loader = new GLTFLoader().setMeshoptDecoder(MeshoptDecoder);
  const gltf = await loader.parseAsync(withoutTextures(readFileSync(job.file)), "");
  const meshes = [];
  gltf.scene.traverse((node) => node.isMesh && meshes.push(node));
  const shown = () => {
    gltf.scene.updateMatrixWorld(true);
    const points = [];
    for (const mesh of meshes) {
      if (mesh.isSkinnedMesh) mesh.skeleton.update();
      const position = mesh.geometry.attributes.position;
      for (let index = 0; index < position.count; index += 1) {
        const point = mesh.getVertexPosition(index, new Vector3()).applyMatrix4(mesh.matrixWorld);
        points.push([point.x, point.y, point.z]);
      }
    }
    return points;
  };
  const mixer = new AnimationMixer(gltf.scene);
  const result = {};
  for (const [name, times] of Object.entries(job.clips)) {
    const clip = gltf.animations.find((animation) => animation.name === name);
    mixer.stopAllAction();
    const action = mixer.clipAction(clip);
    action.play();
    result[name] = times.map((time) => {
      action.time = Math.min(time, clip.duration - 1e-6); // at its very end a looping clip is at its start again
      mixer.update(0);
      return shown();
    });
  }
  if (!Object.keys(job.clips).length) result["#rest"] = shown();
  writeFileSync(job.out, JSON.stringify(result));
}
