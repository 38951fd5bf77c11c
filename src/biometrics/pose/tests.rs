//! Heads that are turned by known angles.

use super::*;

/// An egg with a nose: enough of a face to have a pose. Canonical axes.
fn egg() -> Vec<[f32; 3]> {
    (0..LANDMARKS)
        .map(|at| {
            let (across, down) = ((at % 26) as f32 / 25.0 - 0.5, (at / 26) as f32 / 17.0 - 0.5);
            let nose = if at % 26 == 13 { 2.0 } else { 0.0 };
            [across * 14.0, -down * 17.0, 6.0 - across * across * 16.0 - down * down * 9.0 + nose]
        })
        .collect()
}

fn canonical() -> CanonicalFace {
    CanonicalFace::of(egg().into_iter().map(|[x, y, z]| Point { x, y, z }))
}

/// The egg turned by yaw, pitch and roll in degrees, as a mesh.
fn held(yaw: f32, pitch: f32, roll: f32, scale: f32) -> Mesh {
    let turn = |[a, b]: [f32; 2], degrees: f32| {
        let (sin, cos) = degrees.to_radians().sin_cos();
        [a * cos - b * sin, a * sin + b * cos]
    };
    let points: Vec<Point> = egg()
        .into_iter()
        .map(|[x, y, z]| {
            let [x, y] = turn([x, y], -roll);
            let [z, y] = turn([z, y], pitch);
            let [z, x] = turn([z, x], yaw);
            Point { x: 320.0 + x * scale, y: 240.0 - y * scale, z: -z * scale }
        })
        .collect();
    Mesh::new(Box::new(points.try_into().unwrap()), 0.9)
}

#[test]
fn each_turn_of_a_head_is_read_with_its_sign() {
    for (yaw, pitch, roll) in [
        (0.0, 0.0, 0.0),
        (25.0, 0.0, 0.0),
        (-40.0, 0.0, 0.0),
        (0.0, 20.0, 0.0),
        (0.0, 0.0, 30.0),
        (15.0, -12.0, -35.0),
    ] {
        let pose = Pose::fit(&held(yaw, pitch, roll, 21.0), &canonical()).unwrap();
        let angles = pose.angles();
        for (found, wanted) in [(angles.yaw, yaw), (angles.pitch, pitch), (angles.roll, roll)] {
            assert!((found - wanted).abs() < 0.01, "{angles:?} instead of {yaw} {pitch} {roll}");
        }
        assert!((pose.scale - 21.0).abs() < 0.01);
    }
}

#[test]
fn a_head_held_straight_has_the_distances_of_the_shape_however_it_was_turned() {
    let straight = |yaw, pitch, roll| {
        let mesh = held(yaw, pitch, roll, 10.0);
        Pose::fit(&mesh, &canonical()).unwrap().straightened(&mesh).way(0, 25)
    };
    for (yaw, pitch, roll) in [(0.0, 0.0, 0.0), (30.0, -10.0, 20.0)] {
        let (x, y, z) = straight(yaw, pitch, roll);
        assert!((x - 140.0).abs() < 0.05 && y.abs() < 0.05 && z.abs() < 0.05, "{x} {y} {z}");
    }
}

#[test]
fn points_in_one_place_have_no_pose() {
    let nowhere = Mesh::new(Box::new([Point { x: 5.0, y: 5.0, z: 0.0 }; LANDMARKS]), 0.9);
    assert_eq!(Pose::fit(&nowhere, &canonical()), None);
    let broken = Mesh::new(Box::new([Point { x: f32::NAN, y: 5.0, z: 0.0 }; LANDMARKS]), 0.9);
    assert_eq!(Pose::fit(&broken, &canonical()), None);
}
