//! Single streams: what evidence must have, and what a frame may say.

use senim_biometrics::liveness::{
    Evidence, EvidenceError, Features, JUDGE_VERSION, Judge, Keyframe, Trace, Traced, recompute,
};
use senim_domain::liveness::{Challenge, Hint, LivenessFailure, ModelHash, Phase};
use senim_person::scripted::{Behaviour, challenge, play};

const JPEG: &[u8] = &[0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3];

/// A check that was passed.
fn passed() -> (Challenge, Evidence) {
    let (challenge, traces, judgement) = (0..)
        .map(|seed| {
            let challenge = challenge(seed);
            let (traces, judgement) = play(seed, &challenge, Behaviour::Obeys);
            (challenge, traces, judgement)
        })
        .find(|(_, _, judgement)| judgement.verdict.is_ok())
        .unwrap();
    let keyframes =
        judgement.moments.iter().map(|(of, frame)| Keyframe::new(*of, *frame, JPEG)).collect::<Vec<_>>();
    assert_eq!(keyframes.len(), challenge.commands.len() + 1);
    let evidence = Evidence {
        challenge: challenge.challenge,
        nonce: challenge.nonce.clone(),
        judge: JUDGE_VERSION,
        models: vec![ModelHash { name: "mesh".to_owned(), sha256: "A".repeat(43) }],
        frames: traces,
        keyframes,
    };
    (challenge, evidence)
}

#[test]
fn evidence_is_judged_again_to_the_same_verdict_after_it_was_written_and_read() {
    let (challenge, evidence) = passed();
    let written = evidence.write().unwrap();
    let read = Evidence::read(written.expose()).unwrap();
    assert!(read.frames == evidence.frames);
    let again = read.judge(&challenge).unwrap();
    assert_eq!(again, recompute(&challenge, &evidence.frames));
    assert_eq!(again.verdict, Ok(()));
    assert!(again.commands.iter().all(|command| command.score() >= 50));
    assert_eq!(again.flashes.len(), challenge.flashes.len());
    let per_frame = written.expose().len() / evidence.frames.len();
    assert!(per_frame < 290, "{per_frame} bytes a frame");
}

#[test]
fn evidence_of_another_challenge_or_version_proves_nothing() {
    let (challenge, mut evidence) = passed();
    let mut other = challenge.clone();
    other.nonce = "BBBBBBBBBBBBBBBBBBBBBB".to_owned();
    assert_eq!(evidence.judge(&other), Err(EvidenceError::OtherChallenge));
    evidence.judge += 1;
    assert_eq!(evidence.judge(&challenge), Err(EvidenceError::OtherVersion));
}

#[test]
fn a_pass_without_its_pictures_or_with_frames_after_it_is_none() {
    let (challenge, evidence) = passed();
    let changed = |change: fn(&mut Evidence)| {
        let mut evidence = Evidence::read(evidence.write().unwrap().expose()).unwrap();
        change(&mut evidence);
        evidence.judge(&challenge).map(|judgement| judgement.verdict)
    };
    assert_eq!(changed(|evidence| drop(evidence.keyframes.pop())), Err(EvidenceError::Picture));
    assert_eq!(changed(|evidence| evidence.keyframes[0].frame += 1), Err(EvidenceError::Picture));
    assert_eq!(
        changed(|evidence| *evidence.keyframes[0].jpeg = "AAAA".to_owned()),
        Err(EvidenceError::Picture)
    );
    assert_eq!(
        changed(|evidence| {
            let mut last = evidence.frames.last().unwrap().clone();
            last.at_ms += 33;
            evidence.frames.push(last);
        }),
        Ok(Err(LivenessFailure::Unfinished))
    );
    assert_eq!(changed(|evidence| drop(evidence.frames.pop())), Ok(Err(LivenessFailure::Unfinished)));
    let altered = changed(|evidence| {
        for frame in &mut evidence.frames {
            if let Traced::Face(face) = &mut frame.seen {
                face.yaw = 0;
                face.gaze = face.gaze.map(|[_, up]| [0, up]);
            }
        }
    });
    assert!(matches!(altered, Ok(Err(_))), "without its turn");
}

#[test]
fn the_sample_of_the_format_fits_its_schema_and_is_read_and_written_unchanged() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../../../docs/formats/liveness-evidence.schema.json")).unwrap();
    let sample = include_str!("../../../../docs/formats/liveness-evidence.sample.json");
    let value: serde_json::Value = serde_json::from_str(sample).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    assert!(schema.is_valid(&value));
    let read = Evidence::read(sample.as_bytes()).unwrap();
    let written: serde_json::Value = serde_json::from_slice(read.write().unwrap().expose()).unwrap();
    assert_eq!(written, value);
    let (_, evidence) = passed();
    assert!(schema.is_valid(&serde_json::from_slice(evidence.write().unwrap().expose()).unwrap()));
}

#[test]
fn bytes_that_are_no_evidence_are_refused() {
    for bytes in [&b""[..], b"{}", b"[]", b"\xff\xd8\xff"] {
        assert!(Evidence::read(bytes).is_err());
    }
    for frame in
        ["[0,\"zz\",[]]", "[0,\"0\",[3]]", "[0,\"0\",[1,2,3]]", "[-1,\"0\",[]]", "[0,\"0\",[2000001]]"]
    {
        assert!(serde_json::from_str::<Trace>(frame).is_err(), "{frame}");
    }
    assert!(serde_json::from_str::<Trace>("[5,\"ff\",[]]").is_ok());
}

#[test]
fn a_clock_that_does_not_rise_and_frames_that_come_again_are_named() {
    let (challenge, evidence) = passed();
    let mut back = evidence.frames.clone();
    back[60].at_ms = back[59].at_ms;
    assert_eq!(recompute(&challenge, &back).verdict, Err(LivenessFailure::ClockWrong));
    let mut again = evidence.frames.clone();
    again[60].fingerprint = again[20].fingerprint;
    assert_eq!(recompute(&challenge, &again).verdict, Err(LivenessFailure::Repeated));
    let mut frozen = evidence.frames.clone();
    for at in 60..63 {
        frozen[at].fingerprint = frozen[59].fingerprint;
    }
    assert_eq!(recompute(&challenge, &frozen).verdict, Err(LivenessFailure::Frozen));
}

#[test]
fn a_face_that_nobody_compares_with_the_neutral_is_lost() {
    let (challenge, evidence) = passed();
    let mut uncompared = evidence.frames.clone();
    for frame in &mut uncompared {
        if let Traced::Face(face) = &mut frame.seen {
            face.like_neutral = None;
        }
    }
    assert_eq!(recompute(&challenge, &uncompared).verdict, Err(LivenessFailure::FaceLost));
}

#[test]
fn an_empty_place_is_waited_for_no_longer_than_the_rules_say() {
    let challenge = challenge(1);
    let mut judge = Judge::new(&challenge);
    for frame in 0_u32.. {
        let trace = Trace { at_ms: frame * 33, fingerprint: frame.into(), seen: Traced::Nobody };
        match judge.look(&trace).phase {
            Phase::Calm { hint: Some(Hint::NoFace), percent: 0 } => {
                assert!(trace.at_ms <= challenge.calm_within_ms);
            }
            phase => {
                assert_eq!(phase, Phase::Failed(LivenessFailure::NotCalm));
                break;
            }
        }
    }
}

/// A passed check with every face of it from a frame on changed.
fn changed_from(first: usize, change: impl Fn(&mut Features)) -> (Challenge, Vec<Trace>) {
    let (mut challenge, mut evidence) = passed();
    // Long before the recorded frames end.
    challenge.calm_within_ms = 2_500;
    for trace in evidence.frames.iter_mut().skip(first) {
        if let Traced::Face(face) = &mut trace.seen {
            change(face);
        }
    }
    (challenge, evidence.frames.clone())
}

fn masked(face: &mut Features) {
    face.covering = [600, -50, 8_100, 8_400];
}

fn in_dark_glasses(face: &mut Features) {
    face.covering = [-300, 800, 2_000, 2_600];
}

fn before_a_window(face: &mut Features) {
    face.skin = face.skin.map(|part| part * 3 / 10);
    face.behind = [20_000; 3];
}

#[test]
fn a_mask_dark_glasses_and_back_light_are_told_and_named_when_they_stay() {
    type Fault = (fn(&mut Features), Hint, LivenessFailure);
    let table: [Fault; 3] = [
        (masked, Hint::UncoverFace, LivenessFailure::FaceCovered),
        (in_dark_glasses, Hint::TakeOffGlasses, LivenessFailure::EyesCovered),
        (before_a_window, Hint::LightFromFront, LivenessFailure::BackLight),
    ];
    for (spoil, hint, failure) in table {
        let (challenge, frames) = changed_from(0, spoil);
        let mut judge = Judge::new(&challenge);
        let phases: Vec<Phase> = frames.iter().map(|trace| judge.look(trace).phase).collect();
        let told = phases.contains(&Phase::Calm { hint: Some(hint), percent: 0 });
        assert!(told, "{failure:?}: {phases:?}");
        assert_eq!(judge.judgement().verdict, Err(failure));
        assert_eq!(recompute(&challenge, &frames).verdict, Err(failure), "the lender's verdict");
    }
}

#[test]
fn light_from_behind_is_told_by_what_is_behind_however_bright_the_skin_is() {
    let of_luma = |skin: i32, behind: i32| {
        let (challenge, frames) = changed_from(0, move |face: &mut Features| {
            face.skin = [skin; 3];
            face.behind = [behind; 3];
        });
        recompute(&challenge, &frames).verdict == Err(LivenessFailure::BackLight)
    };
    // Skin that is hardly dark, before a bright room; skin in good light before a window.
    assert!(of_luma(7_030, 21_700) && of_luma(9_000, 25_400));
    // Dark skin before a white wall; the filmed man before his; a dim room in which nothing is bright.
    assert!(!of_luma(8_900, 23_700) && !of_luma(11_900, 15_000) && !of_luma(5_000, 9_000));
}

#[test]
fn who_covers_the_face_after_the_neutral_does_not_pass() {
    let (challenge, evidence) = passed();
    let neutral = recompute(&challenge, &evidence.frames).moments[0].1 as usize;
    for (spoil, failure) in [
        (masked as fn(&mut Features), LivenessFailure::FaceCovered),
        (in_dark_glasses, LivenessFailure::EyesCovered),
    ] {
        let (challenge, frames) = changed_from(neutral + 1, spoil);
        assert_eq!(recompute(&challenge, &frames).verdict, Err(failure));
    }
}

#[test]
fn a_cover_that_is_seen_in_every_third_frame_is_a_slip() {
    let (challenge, mut evidence) = passed();
    for trace in evidence.frames.iter_mut().step_by(3) {
        if let Traced::Face(face) = &mut trace.seen {
            masked(face);
        }
    }
    assert_eq!(recompute(&challenge, &evidence.frames).verdict, Ok(()));
}

#[test]
fn place_and_ground_may_each_jump_a_little_and_not_both_in_one_frame() {
    let (challenge, evidence) = passed();
    let neutral = recompute(&challenge, &evidence.frames).moments[0].1 as usize;
    let aside = |face: &mut Features| face.centre[0] += 150;
    let brighter = |face: &mut Features| face.behind = face.behind.map(|part| part + 800);
    let verdict = |change: &dyn Fn(&mut Features)| {
        let (_, frames) = changed_from(neutral + 4, change);
        recompute(&challenge, &frames).verdict
    };
    assert_eq!(verdict(&aside), Ok(()));
    assert_eq!(verdict(&brighter), Ok(()));
    let both = |face: &mut Features| {
        aside(face);
        brighter(face);
    };
    assert_eq!(verdict(&both), Err(LivenessFailure::Cut));
}
