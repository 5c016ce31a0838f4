// Vertices that Babylon.js shows: node babylon_vertices.mjs JOBS.json, see bench_engines.py for the jobs.
// Needs @babylonjs/core and @babylonjs/loaders where node finds them; no window, no textures decoded.
import { readFileSync, writeFileSync } from "node:fs";
import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { Scene } from "@babylonjs/core/scene.js";
import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { LoadAssetContainerAsync } from "@babylonjs/core/Loading/sceneLoader.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import "@babylonjs/core/Animations/animatable.js";

globalThis.XMLHttpRequest ??= class {};
await import("@babylonjs/loaders/glTF/2.0/index.js");
const say = console.log;
console.log = () => {}; // it greets
const messages = [];
console.warn = console.error = (...words) => messages.push(words.join(" "));

for (const job of JSON.parse(readFileSync(process.argv[2]))) {
  const scene = new Scene(new NullEngine());
  scene.useRightHandedSystem = true; // glTF's own axes, no mirrored root node
  new FreeCamera("camera", Vector3.Zero(), scene);
  const container = await LoadAssetContainerAsync(new Uint8Array(readFileSync(job.file)), scene, { pluginExtension: ".glb" });
  container.addAllToScene();
  const meshes = container.meshes.filter((mesh) => mesh.getTotalVertices() > 0);
  const nodes = [...container.transformNodes, ...container.meshes];
  const rest = nodes.map((node) => [node, node.position.clone(), node.rotationQuaternion?.clone()]);
  const shown = () => {
    scene.render();
    const points = [];
    for (const mesh of meshes) {
      mesh.skeleton?.prepare(true);
      const world = mesh.computeWorldMatrix(true);
      const local = mesh.getPositionData(true, true);
      for (let index = 0; index < local.length; index += 3) {
        const point = Vector3.TransformCoordinates(Vector3.FromArray(local, index), world);
        points.push([point.x, point.y, point.z]);
      }
    }
    return points;
  };
  for (const group of container.animationGroups) group.stop();
  const result = {};
  for (const [name, times] of Object.entries(job.clips)) {
    for (const [node, position, rotation] of rest) {
      node.position.copyFrom(position);
      if (rotation) node.rotationQuaternion.copyFrom(rotation);
    }
    const group = container.animationGroups.find((each) => each.name === name);
    const rate = group.targetedAnimations[0].animation.framePerSecond;
    result[name] = times.map((time) => {
      group.start(false);
      group.goToFrame(time * rate);
      group.pause();
      return shown();
    });
    group.stop();
  }
  if (!Object.keys(job.clips).length) result["#rest"] = shown();
  result["#messages"] = messages.splice(0);
  writeFileSync(job.out, JSON.stringify(result));
  scene.dispose();
}
say("done");
