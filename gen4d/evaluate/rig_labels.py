"""Which joints of artists' skeletons are which landmarks of the joint network.

Each paragraph below is one family of skeletons: `landmark=joint`. `a+b` is the middle between two joints, which must
both be there; `a|b` is the first that is there, and the landmark is unknown where none is. `{S}`, `{s}`, `{side}` and
`{Side}` stand for L, l, left and Left, and for their partners; landmarks of joints so named are there twice.
"""

from functools import cache

import numpy as np

BIPED_TABLES = """
    hips=Hips spine=Abdomen chest=Torso upperChest=Chest neck=Neck head=Head Shoulder=Shoulder_{S}
    UpperArm=UpperArm_{S} LowerArm=LowerArm_{S} Hand=Hand_{S} UpperLeg=UpperLeg_{S} LowerLeg=LowerLeg_{S}
    Foot=Foot_{S}

    hips=Hips spine=Abdomen chest=Torso upperChest=Torso+Neck neck=Neck head=Head Shoulder=Shoulder_{S}
    UpperArm=UpperArm_{S} LowerArm=LowerArm_{S} Hand=Fist_{S} UpperLeg=UpperLeg_{S} LowerLeg=LowerLeg_{S}
    Foot=Foot_{S}

    hips=Hips spine=Abdomen chest=Torso upperChest=Torso+Neck neck=Neck head=Head Shoulder=Shoulder_{S}
    UpperArm=UpperArm_{S} LowerArm=LowerArm_{S} Hand=Palm_{S} UpperLeg=UpperLeg_{S} LowerLeg=LowerLeg_{S}
    Foot=Foot_{S}

    hips=Hips spine=Abdomen chest=Torso upperChest=Torso+Neck neck=Neck head=Head Shoulder=Shoulder_{S}
    UpperArm=UpperArm_{S} LowerArm=LowerArm_{S} Hand=Middle1_{S} UpperLeg=UpperLeg_{S} LowerLeg=LowerLeg_{S}
    Foot=Foot_{S}

    hips=Torso chest=Chest spine=Torso+Chest upperChest=Chest+Neck neck=Neck head=Head Shoulder=Shoulder_{S}
    UpperArm=UpperArm_{S} LowerArm=LowerArm_{S} Hand=PalmP_{S} UpperLeg=UpperLeg_{S} LowerLeg=LowerLeg_{S}
    Foot=Foot_{S}

    hips=Torso chest=Chest spine=Torso+Chest upperChest=Chest+Neck neck=Neck head=Head UpperLeg=UpperLeg_{S}
    LowerLeg=LowerLeg_{S} Foot=Foot_{S}

    hips=hip spine=spine1 chest=chest upperChest=chest+neck neck=neck head=head Shoulder=shoulder_{S}
    UpperArm=arm_{S} LowerArm=forearm_{S} Hand=hand_{S} UpperLeg=thigh_{S} LowerLeg=leg_{S} Foot=foot_{S}

    hips=root spine=spine03 chest=spine02 upperChest=spine01 neck=neck01 head=head Shoulder=clavicle.{S}
    UpperArm=upperarm01.{S} LowerArm=lowerarm01.{S} Hand=wrist.{S} UpperLeg=upperleg01.{S}
    LowerLeg=lowerleg01.{S} Foot=foot.{S} Toes=toe3-1.{S}
"""
QUADRUPED_TABLES = """
    hips=Back spine=Torso spine1=Torso2 chest=Torso3 neck=Neck1 neck1=Neck3 head=Head tail1=Tail1
    tailTip=Tail8|Tail7|Tail3 FrontUpperLeg=FrontUpperLeg_{S} FrontFoot=FrontLowerLeg_{S}
    FrontToes=IKFrontLeg_{S} HindUpperLeg=BackLeg_{S} HindLowerLeg=BackUpperLeg_{S}
    HindFoot=BackLowerLeg_{S} HindToes=IKBackLeg_{S}

    hips=Hips spine=Hips+Torso spine1=Torso chest=Shoulders neck=Neck neck1=Neck+Head head=Head tail1=Tail1
    tailTip=Tail7|Tail5 FrontUpperLeg=FrontUpLeg_{S} FrontLowerLeg=FrontLowLeg_{S}
    FrontFoot=FrontLowLeg_{S}+FrontFoot_{S} FrontToes=FrontFoot_{S} HindUpperLeg=BackUpLeg_{S}
    HindLowerLeg=BackLowLeg_{S} HindFoot=BackLowLeg_{S}+BackFoot_{S} HindToes=BackFoot_{S}

    hips=Ursidae_Spine spine=Ursidae_Spine_1 spine1=Ursidae_Spine_2 chest=Ursidae_Spine_3 neck=Ursidae_Neck
    neck1=Ursidae_Neck+Ursidae_Head head=Ursidae_Head FrontUpperLeg=Ursidae_Arm_{S}
    FrontLowerLeg=Ursidae_Forearm_{S} FrontFoot=Ursidae_Paw_{S} FrontToes=Ursidae_Claw_{S}
    HindUpperLeg=Ursidae_Leg_{S} HindLowerLeg=Ursidae_Foreleg_{S}+Ursidae_Shin_{S}
    HindFoot=Ursidae_Ankle_{S} HindToes=Ursidae_Toe_{S}

    hips=Bovidae_pelvis spine=Bovidae_spine spine1=Bovidae_spine+Bovidae_spine1 chest=Bovidae_spine1
    neck=Bovidae_Neck neck1=Bovidae_Neck+Bovidae_Head head=Bovidae_Head tail1=Bovidae_Tail
    tailTip=Bovidae_TailTip FrontUpperLeg=Bovidae_FrontLegTop_{S} FrontFoot=Bovidae_FrontCalf_{side}
    FrontToes=Bovidae_FrontFoot_{side} HindUpperLeg=Bovidae_RearThigh_{S} HindFoot=Bovidae_RearCalf_{side}
    HindToes=Bovidae_RearFoot_{side}

    hips=pelvis spine=spine spine1=spine+spine1 chest=spine1 neck=neck neck1=neck1 head=head tail1=tail
    tailTip=tail1 FrontUpperLeg={s}_clavicle FrontLowerLeg={s}_upperarm FrontFoot={s}_forearm
    FrontToes={s}_hand HindUpperLeg={s}_thigh HindLowerLeg={s}_calf HindFoot={s}_foot HindToes={s}_toe

    hips=wolfhound|mastiff spine=spine1 spine1=spine1+spine2 chest=spine2 neck=Neck1 neck1=Neck2 head=Head
    tail1=Tail1 tailTip=Tail5|Tail4 FrontUpperLeg=FrontLeg1_{S} FrontLowerLeg=FrontLeg2_{S}
    FrontFoot=FrontLeg3_{S} FrontToes=FrontToe_{S} HindUpperLeg=BackLeg1_{S} HindLowerLeg=BackLeg2_{S}
    HindFoot=BackLeg3_{S} HindToes=BackToe_{S}

    hips=Fox_pelvis spine=Fox_pelvis+Fox_spine1 spine1=Fox_spine1 chest=Fox_spine2 neck=Fox_Neck1
    neck1=Fox_Neck2 head=Fox_head tail1=Fox_Tail1 tailTip=Fox_Tail4 FrontUpperLeg=Fox_FrontLeg1_{S}
    FrontLowerLeg=Fox_FrontLeg2_{S} FrontFoot=Fox_FrontLeg3_{S} FrontToes=Fox_FrontToe_{S}
    HindUpperLeg=Fox_BackLeg1_{S} HindLowerLeg=Fox_BackLeg2_{S} HindFoot=Fox_BackLeg3_{S}
    HindToes=Fox_BackToe_{S}

    hips=Bone spine=Bone_005 spine1=Bone_005+Bone_001 chest=Bone_001 neck=Neck1 neck1=Neck2 head=Head
    tail1=Tail1 tailTip=Tail4 FrontUpperLeg=FrontLeg1_{S} FrontLowerLeg=FrontLeg2_{S}
    FrontFoot=FrontLeg3_{S} FrontToes=FrontToe_{S} HindUpperLeg=BackLeg1_{S} HindLowerLeg=BackLeg2_{S}
    HindFoot=BackLeg3_{S} HindToes=BackToe_{S}

    hips=Elephantidae_Pelvis spine=Elephantidae_Pelvis+Elephantidae_Vertebrae_Lumbar
    spine1=Elephantidae_Vertebrae_Lumbar chest=Elephantidae_Vertebrae_Dorsal
    neck=Elephantidae_Vertebrae_Dorsal+Elephantidae_Head head=Elephantidae_Head tail1=Elephantidae_Tail_1
    tailTip=Elephantidae_Tail_7 FrontLowerLeg=Elephantidae_Arm_{S} FrontFoot=Elephantidae_Forearm_{S}
    FrontToes=Elephantidae_Hand_{S} HindUpperLeg=Elephantidae_Leg_{S} HindLowerLeg=Elephantidae_Shin_{S}
    HindToes=Elephantidae_Foot_{S}

    hips=back spine=back+spine spine1=spine chest=spine+neck neck=neck neck1=neck+head head=head
    FrontUpperLeg=thigh_front_{s} FrontLowerLeg=calf_front_{s} FrontFoot=foot_front_{s}
    FrontToes=foot_front_tip_{s} HindUpperLeg=thigh_back_{s} HindLowerLeg=calf_back_{s}
    HindFoot=foot_back_{s} HindToes=foot_back_tip_{s}

    hips=Hippopotamidae_Spine spine=Hippopotamidae_Spine_1 spine1=Hippopotamidae_Spine_2
    chest=Hippopotamidae_Spine_2+Hippopotamidae_Neck neck=Hippopotamidae_Neck
    neck1=Hippopotamidae_Neck+Hippopotamidae_Head head=Hippopotamidae_Head
    FrontUpperLeg=Hippopotamidae_Upperarm_{S} FrontLowerLeg=Hippopotamidae_Arm_{S}
    FrontFoot=Hippopotamidae_Forearm_{S} FrontToes=Hippopotamidae_Paw_{S}
    HindUpperLeg=Hippopotamidae_Leg_{S} HindLowerLeg=Hippopotamidae_Foreleg_{S}
    HindFoot=Hippopotamidae_Ankle_{S} HindToes=Hippopotamidae_Foot_{S}

    hips=spine spine=spine1 spine1=spine2 chest=spine2+neck neck=neck neck1=neck1 head=head tail1=tail
    tailTip=tail7 FrontUpperLeg={s}_upperarm FrontLowerLeg={s}_arm FrontFoot={s}_forearm FrontToes={s}_hand
    HindUpperLeg={s}_thigh HindLowerLeg={s}_leg HindFoot={s}_shin HindToes={s}_foot

    hips=butt spine=rear_belly spine1=rear_body chest=body neck=neck1 neck1=neck2 head=head tail1=tail_start
    tailTip=tail_tip FrontUpperLeg={side}_leg FrontFoot={side}_shin FrontToes={side}_foot
    HindLowerLeg=rear_{side}_leg HindFoot=rear_{side}_shin HindToes=rear_{side}_foot

    spine=spine1 spine1=spine1+spine2 chest=spine2 neck=neck head=head tail1=tail1
    FrontUpperLeg=leg_upper_{S} FrontLowerLeg=leg_{S} FrontToes=foot_front_{S} HindUpperLeg=thigh_{S}
    HindLowerLeg=leg_back_{S} HindToes=foot_back_{S}

    hips=Butt spine=Body_Rear chest=Body_Front neck=Neck head=Head tail1=Tail FrontUpperLeg=Arm_{Side}
    FrontLowerLeg=Forearm_{Side} FrontToes=Hand_{Side} HindUpperLeg=Leg_{Side} HindLowerLeg=Shin_{Side}
    HindToes=Foot_{Side}
"""
TABLES = {"biped": BIPED_TABLES, "quadruped": QUADRUPED_TABLES}
SIDE_MARKS = (
    {"S": "L", "s": "l", "side": "left", "Side": "Left"},
    {"S": "R", "s": "r", "side": "right", "Side": "Right"},
)


def label_joints(plan: str, names: tuple[str, ...], places: np.ndarray) -> dict[str, list[int]] | None:
    """The landmarks of a skeleton: name -> the joints whose mean each is.

    The first family all of whose joints are there is taken. Left and right are told by the places, because some artists
    name sides as the viewer sees them.

    Args:
        plan: the skeleton's body plan.
        places: (J, 3), +X is the subject's left.

    Returns:
        None where no family fits.
    """
    index = {name: joint for joint, name in enumerate(names)}
    return next((found for table in _tables(plan) if (found := _apply(table, index, places)) is not None), None)


@cache
def _tables(plan: str) -> tuple[dict[str, str], ...]:
    """The families of a plan; none for plans that have no landmarks."""
    paragraphs = TABLES.get(plan, "").strip().split("\n\n")
    return tuple(dict(entry.split("=") for entry in text.split()) for text in paragraphs if text)


def _apply(table: dict[str, str], index: dict[str, int], places: np.ndarray) -> dict[str, list[int]] | None:
    found: dict[str, list[int]] = {}
    for landmark, pattern in table.items():
        for marks in SIDE_MARKS if "{" in pattern else ({},):
            wanted = pattern.format(**marks)
            joints = [index[name] for name in wanted.replace("|", "+").split("+") if name in index]
            if "|" in wanted:
                joints = joints[:1]
            elif len(joints) <= wanted.count("+"):
                return None
            if joints:
                side = "" if not marks else "left" if places[joints, 0].mean() > 0 else "right"
                found[side + landmark] = joints
    return found
