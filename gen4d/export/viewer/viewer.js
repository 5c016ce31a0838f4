// Shows one GLB: orbit, clips, skeleton, wireframe, stats. The page gives `window.asset`, a URL (also a data: one).
'use strict';
(async () => {
  const kit = window.three_kit;
  const element = (id) => document.getElementById(id);
  const fail = (message) => {
    element('error').style.display = 'grid';
    element('error').textContent = message;
    element('stats').textContent = '';
    window.viewerState = { ready: false, error: message };
  };
  let renderer;
  try {
    renderer = new kit.WebGLRenderer({ antialias: true, preserveDrawingBuffer: true });
  } catch (error) {
    return fail('This browser has no WebGL, which the viewer needs.');
  }
  renderer.setPixelRatio(Math.min(window.devicePixelRatio, 2));
  renderer.toneMapping = kit.NeutralToneMapping; // Khronos: base colours look as they were painted
  renderer.shadowMap.enabled = true;
  renderer.shadowMap.type = kit.PCFShadowMap;
  document.body.prepend(renderer.domElement);

  const scene = new kit.Scene();
  scene.background = new kit.Color(0xe4e6ea);
  scene.environment = new kit.PMREMGenerator(renderer).fromScene(new kit.RoomEnvironment(), 0.04).texture;
  scene.environmentIntensity = 0.45;
  const camera = new kit.PerspectiveCamera(32, 1, 0.01, 1000);
  const controls = new kit.OrbitControls(camera, renderer.domElement);
  controls.enableDamping = true;

  let gltf;
  try {
    const bytes = await (await fetch(window.asset)).arrayBuffer();
    const loader = new kit.GLTFLoader().setMeshoptDecoder(kit.MeshoptDecoder);
    gltf = await loader.parseAsync(bytes, '');
  } catch (error) {
    return fail('The file could not be shown: ' + (error && error.message ? error.message : error));
  }
  const subject = gltf.scene;
  scene.add(subject);
  const meshes = [], bones = new Set(), materials = new Set();
  subject.traverse((node) => {
    if (node.isBone) bones.add(node);
    if (!node.isMesh) return;
    meshes.push(node);
    node.castShadow = node.receiveShadow = true;
    node.frustumCulled = false; // the box of a skinned mesh is that of its rest pose
    (Array.isArray(node.material) ? node.material : [node.material]).forEach((m) => materials.add(m));
  });

  subject.updateMatrixWorld(true);
  const box = new kit.Box3();
  for (const mesh of meshes) {
    if (mesh.isSkinnedMesh) { mesh.computeBoundingBox(); box.union(mesh.boundingBox.clone().applyMatrix4(mesh.matrixWorld)); }
    else box.expandByObject(mesh, true);
  }
  if (box.isEmpty()) return fail('The file shows no triangle.');
  const size = box.getSize(new kit.Vector3()), centre = box.getCenter(new kit.Vector3());
  const reach = Math.max(size.length() / 2, 1e-4);

  const key = new kit.DirectionalLight(0xffffff, 1.7);
  key.position.copy(centre).add(new kit.Vector3(-0.6, 1.3, 0.9).multiplyScalar(3 * reach));
  key.target.position.copy(centre);
  key.castShadow = true;
  key.shadow.mapSize.set(2048, 2048);
  key.shadow.radius = 6;
  key.shadow.normalBias = 0.004 * reach;
  Object.assign(key.shadow.camera, { left: -2 * reach, right: 2 * reach, top: 2 * reach, bottom: -2 * reach,
    near: 0.1 * reach, far: 9 * reach });
  scene.add(key, key.target, new kit.HemisphereLight(0xffffff, 0xb8b2a8, 0.35));
  const ground = new kit.Mesh(new kit.PlaneGeometry(40 * reach, 40 * reach), new kit.ShadowMaterial({ opacity: 0.22 }));
  ground.rotation.x = -Math.PI / 2;
  ground.position.y = box.min.y;
  ground.receiveShadow = true;
  const step = 10 ** Math.floor(Math.log10(reach));
  const grid = new kit.GridHelper(40 * step, 40, 0x9aa0aa, 0xcdd1d8);
  grid.position.y = box.min.y - 1e-4 * reach;
  grid.material.transparent = true;
  grid.material.opacity = 0.35;
  scene.add(ground, grid);

  const skeleton = bones.size ? new kit.SkeletonHelper(subject) : null;
  const joints = [...bones], dots = new kit.BufferGeometry();
  dots.setAttribute('position', new kit.BufferAttribute(new Float32Array(3 * joints.length), 3));
  const overlay = { depthTest: false, transparent: true };
  const points = new kit.Points(dots, new kit.PointsMaterial({ ...overlay, color: 0xd8331c, size: joints.length > 40 ? 4 : 7, sizeAttenuation: false }));
  points.frustumCulled = false;
  if (skeleton) {
    skeleton.setColors(new kit.Color(0xd8331c), new kit.Color(0xf0a020));
    Object.assign(skeleton.material, overlay);
    for (const part of [skeleton, points]) Object.assign(part, { visible: false, renderOrder: 10 });
    scene.add(skeleton, points);
  }
  const place = new kit.Vector3();
  function moveDots() {
    joints.forEach((bone, index) => dots.attributes.position.setXYZ(index, ...bone.getWorldPosition(place).toArray()));
    dots.attributes.position.needsUpdate = true;
  }

  function resetView() {
    const fit = Math.min(1, camera.aspect) * (1 - covered() / window.innerHeight);
    const distance = 1.12 * reach / Math.sin((camera.fov * Math.PI) / 360) / fit;
    camera.near = reach / 100;
    camera.far = reach * 200;
    controls.target.copy(centre);
    camera.position.copy(centre).add(new kit.Vector3(0.55, 0.22, 0.8).normalize().multiplyScalar(distance));
    controls.maxDistance = 20 * distance;
    camera.updateProjectionMatrix();
    controls.update();
  }
  // Pixels at the bottom that the controls hide; the middle of the picture is the middle of what is left.
  const covered = () => Math.min(window.innerHeight - element('controls').getBoundingClientRect().top, window.innerHeight / 2);
  function resize() {
    const { innerWidth: width, innerHeight: height } = window;
    camera.aspect = width / height;
    camera.setViewOffset(width, height, 0, covered() / 2, width, height);
    camera.updateProjectionMatrix();
    renderer.setSize(window.innerWidth, window.innerHeight);
  }

  const mixer = new kit.AnimationMixer(subject), clips = gltf.animations;
  let action = null, playing = clips.length > 0;
  function choose(index) {
    mixer.stopAllAction();
    action = clips.length ? mixer.clipAction(clips[index]) : null;
    if (action) action.setLoop(kit.LoopRepeat, Infinity).play();
    mixer.update(0);
  }
  function setPlaying(on) {
    playing = on && clips.length > 0;
    element('play').textContent = playing ? 'Pause' : 'Play';
    element('play').setAttribute('aria-pressed', String(playing));
  }
  function toggle(id, apply) {
    const button = element(id), on = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', String(on));
    apply(on);
  }
  clips.forEach((clip, index) => element('clip').add(new Option(`${clip.name} (${clip.duration.toFixed(2)} s)`, index)));
  document.querySelectorAll('.for-clips').forEach((part) => { part.hidden = !clips.length; });
  element('skeleton').disabled = !skeleton;
  element('clip').onchange = () => choose(Number(element('clip').value));
  element('play').onclick = () => setPlaying(!playing);
  element('seek').oninput = () => {
    setPlaying(false);
    if (action) { action.time = Number(element('seek').value) * action.getClip().duration; mixer.update(0); }
  };
  element('skeleton').onclick = () => skeleton && toggle('skeleton', (on) => { skeleton.visible = points.visible = on; });
  element('wireframe').onclick = () => toggle('wireframe', (on) => materials.forEach((m) => { m.wireframe = on; }));
  element('turn').onclick = () => toggle('turn', (on) => { controls.autoRotate = on; });
  element('reset').onclick = resetView;
  const keys = { ' ': 'play', s: 'skeleton', w: 'wireframe', t: 'turn', r: 'reset' };
  window.addEventListener('keydown', (event) => {
    const id = keys[event.key.toLowerCase()];
    if (!id || event.ctrlKey || event.metaKey || /^(select|input|button)$/i.test(event.target.tagName)) return;
    event.preventDefault();
    element(id).click();
  });

  const triangles = meshes.reduce((sum, m) =>
    sum + (m.geometry.index ? m.geometry.index.count : m.geometry.attributes.position.count) / 3, 0);
  const vertices = meshes.reduce((sum, m) => sum + m.geometry.attributes.position.count, 0);
  const textures = new Set();
  materials.forEach((m) => ['map', 'normalMap', 'roughnessMap'].forEach((name) => m[name] && textures.add(m[name].source)));
  const sides = [...textures].map((s) => `${s.data.width} px`);
  const number = (n) => n.toLocaleString('en');
  element('stats').textContent = [
    `${number(triangles)} triangles, ${number(vertices)} vertices`,
    `${size.x.toFixed(2)} × ${size.y.toFixed(2)} × ${size.z.toFixed(2)} m`,
    bones.size ? `${bones.size} bones, ${clips.length} clip${clips.length === 1 ? '' : 's'}` : 'no skeleton',
    textures.size ? `texture ${[...new Set(sides)].join(', ')}` : 'no texture',
  ].join(' · ');

  resize();
  resetView();
  choose(0);
  setPlaying(clips.length > 0);
  window.addEventListener('resize', resize);
  const timer = new kit.Timer();
  let frames = 0;
  renderer.setAnimationLoop(() => {
    timer.update();
    if (playing) mixer.update(timer.getDelta());
    if (action) {
      const { duration } = action.getClip();
      if (playing) element('seek').value = duration ? action.time / duration : 0;
      element('time').textContent = `${action.time.toFixed(2)} / ${duration.toFixed(2)} s`;
    }
    controls.update();
    if (points.visible) moveDots();
    renderer.render(scene, camera);
    frames += 1;
    window.viewerState = { ready: true, frames, triangles, vertices, bones: bones.size, three: kit.REVISION,
      clips: clips.map((clip) => clip.name), clip: action ? action.getClip().name : null,
      time: action ? action.time : 0, playing };
  });
})();
