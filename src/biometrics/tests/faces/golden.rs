//! The numbers of an independent run: LiteRT with the unconverted models, by `scripts/faces/golden.py`. They hold conversion,
//! runtime, sampling, anchors and the way back into the picture together.

use std::time::Duration;

use senim_biometrics::{CANONICAL, Gaze, MESH, ModelError, Models, Rten, Seen};

use crate::material::{astronaut, models, models_folder, tracker};

/// Pixels: a thousandth of the detector's picture, and of the mesh's, on a picture of 512 pixels.
const NEAR: f32 = 0.2;

#[test]
fn a_face_is_found_where_litert_finds_it() {
    let (Some(mut tracker), Some(still)) = (tracker(), astronaut()) else { return };
    let found = tracker.find(&still.picture(), 0.0).unwrap();
    assert_eq!(found.len(), 1);
    assert!((found[0].score - 0.9224).abs() < 1e-3);
    let [left, right] = found[0].eyes;
    let numbers = [found[0].centre, found[0].size, left, right];
    let golden = [(225.046, 127.92), (94.198, 94.198), (203.847, 100.765), (247.97, 108.422)];
    for (found, golden) in numbers.into_iter().zip(golden) {
        assert!(
            (found.0 - golden.0).abs() < NEAR && (found.1 - golden.1).abs() < NEAR,
            "{found:?} {golden:?}"
        );
    }
}

#[test]
fn points_of_a_face_lie_where_litert_puts_them() {
    let (Some(mut tracker), Some(still)) = (tracker(), astronaut()) else { return };
    let sight = tracker.look(&still.picture(), Duration::ZERO, Gaze::LeftOut).unwrap();
    assert!(matches!(sight.seen, Seen::Face(_)));
    let golden = [
        (1, [222.97, 128.644, -22.964]),
        (10, [226.163, 70.627, -8.898]),
        (33, [194.843, 100.126, 5.342]),
        (61, [200.681, 138.94, 6.758]),
        (152, [221.424, 172.516, 6.475]),
        (234, [179.931, 110.2, 41.899]),
        (263, [255.138, 104.588, 4.434]),
        (291, [245.884, 143.171, 6.188]),
        (454, [269.979, 117.231, 40.503]),
    ];
    for (number, [x, y, z]) in golden {
        let point = tracker.mesh().unwrap().points()[number];
        let away = (point.x - x).abs().max((point.y - y).abs()).max((point.z - z).abs());
        assert!(away < NEAR, "{number}: {point:?}");
    }
}

#[test]
fn a_smile_and_a_level_head_are_read_from_the_portrait() {
    let (Some(mut tracker), Some(still)) = (tracker(), astronaut()) else { return };
    for _ in 0..3 {
        let sight = tracker.look(&still.picture(), Duration::ZERO, Gaze::Measured).unwrap();
        let Seen::Face(face) = &sight.seen else { panic!("no face") };
        assert!(face.yaw.abs() < 5.0 && face.roll.abs() < 8.0 && face.pitch.abs() < 10.0);
        assert!(face.smile > 0.7, "{}", face.smile);
        assert!(face.mouth > 0.08, "she shows her teeth: {}", face.mouth);
        assert!(face.left_eye > 0.18 && face.right_eye > 0.18);
        assert!((55.0..70.0).contains(&face.inter_ocular));
        // Skin is warm, and the flag and the shuttle behind her are not her.
        assert!(face.skin[0] > face.skin[1] && face.skin[1] > face.skin[2]);
        if let Some((x, y)) = face.gaze {
            assert!(x.abs() < 0.5 && y.abs() < 0.8, "she looks into the camera: {x} {y}");
        }
    }
}

#[test]
fn the_canonical_face_has_points_texture_and_triangles() {
    let Some(models) = models() else { return };
    let face = models.canonical();
    assert_eq!((face.texture().len(), face.triangles().len()), (468, 898));
    assert!(face.triangles().iter().flatten().all(|number| *number < 468));
    assert!(face.texture().iter().all(|(u, v)| (0.0..=1.0).contains(u) && (0.0..=1.0).contains(v)));
    // The person's left is to the right of a picture, the nose comes first.
    assert!(face.points()[263].x > 0.0 && face.points()[1].z > face.points()[454].z);
}

#[test]
fn an_altered_or_absent_model_is_named_with_what_to_do() {
    let Some(folder) = models_folder() else { return };
    let load = |read: &dyn Fn(&str) -> std::io::Result<Vec<u8>>| {
        Models::load(&Rten::new(), read).map(|_| ()).unwrap_err()
    };
    let altered = load(&|name| {
        let mut data = std::fs::read(folder.join(name))?;
        if name == MESH.name {
            data[9] ^= 1;
        }
        Ok(data)
    });
    assert!(matches!(altered, ModelError::Altered { name: "face_mesh.onnx", .. }));
    assert!(altered.to_string().contains(MESH.sha256));
    let absent = load(&|name| {
        if name == CANONICAL.name {
            return Err(std::io::ErrorKind::NotFound.into());
        }
        std::fs::read(folder.join(name))
    });
    assert!(matches!(absent, ModelError::Absent { name: "canonical_face.json", .. }));
    assert!(absent.to_string().contains("./run"));
}
