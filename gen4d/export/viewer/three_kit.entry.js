// What the viewer needs of three.js, gathered into one script. Rebuild: see VENDORED.md.
export {
  AnimationMixer, Box3, BufferAttribute, BufferGeometry, Color, DirectionalLight, GridHelper, HemisphereLight,
  LoopRepeat, Mesh, NeutralToneMapping, PCFShadowMap, PerspectiveCamera, PlaneGeometry, PMREMGenerator, Points, PointsMaterial, Scene,
  ShadowMaterial, SkeletonHelper, Timer, Vector3, WebGLRenderer, REVISION,
} from 'three';
export { OrbitControls } from 'three/addons/controls/OrbitControls.js';
export { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';
export { RoomEnvironment } from 'three/addons/environments/RoomEnvironment.js';
export { MeshoptDecoder } from 'three/addons/libs/meshopt_decoder.module.js';
