extends SceneTree
# Places of the joints that Godot 3 shows: godot3 --path PROJECT -s godot_joints.gd, in a project that has imported the
# files; res://jobs.json names them, see bench_engines.py.


func found(node, kind, list):
	if node.get_class() == kind:
		list.append(node)
	for child in node.get_children():
		found(child, kind, list)
	return list


func places(skeleton):
	var result = {}
	for bone in range(skeleton.get_bone_count()):
		var place = skeleton.global_transform.xform(skeleton.get_bone_global_pose(bone).origin)
		result[skeleton.get_bone_name(bone)] = [place.x, place.y, place.z]
	return result


func _init():
	var file = File.new()
	file.open("res://jobs.json", File.READ)
	var jobs = parse_json(file.get_as_text())
	file.close()
	for job in jobs:
		var result = {}
		var scene = load("res://" + job.name).instance()
		get_root().add_child(scene)
		var skeletons = found(scene, "Skeleton", [])
		var players = found(scene, "AnimationPlayer", [])
		for clip in job.clips:
			var animation = players[0].get_animation(clip.name) if players and players[0].has_animation(clip.name) else null
			if animation == null or not skeletons:
				continue
			var poses = []
			players[0].play(clip.name)
			for time in clip.times:
				players[0].seek(time, true)
				poses.append(places(skeletons[0]))
			players[0].stop()
			result[clip.name] = {"loop": animation.loop, "poses": poses}
		file.open(job.out, File.WRITE)
		file.store_string(to_json(result))
		file.close()
		get_root().remove_child(scene)
		scene.free()
	quit()
