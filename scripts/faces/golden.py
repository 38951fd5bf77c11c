"""What LiteRT makes of a picture with the unconverted models: the numbers that src/biometrics/tests/golden.rs holds.

    golden.py MODELS_FOLDER PICTURE.png      needs ai-edge-litert==2.3.0, numpy, pillow

Written apart from the pipeline, on TensorFlow's own runtime and numpy, so that one mistake does not hide the other. Looks
at the whole picture for faces, then for the points of the surest one.
"""

import math
import sys
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image


def run(path, picture):
    interpreter = Interpreter(model_path=str(path))
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture[None].astype(np.float32))
    interpreter.invoke()
    return {one["name"]: interpreter.get_tensor(one["index"])[0] for one in interpreter.get_output_details()}


def pixel(image, x, y):
    """Of every place; black outside."""
    height, width = image.shape[:2]
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    return np.where(inside[..., None], image[y.clip(0, height - 1), x.clip(0, width - 1)], 0.0)


def sample(image, centre, side, angle, pixels):
    """The window of the picture: the mean of several looks a pixel when it is made smaller, else between four neighbours."""
    looks = int(np.clip(round(side / pixels), 1, 8))
    places = (np.arange(pixels * looks) + 0.5) / (pixels * looks) - 0.5
    u, v = np.meshgrid(places * side, places * side)
    x = centre[0] + u * math.cos(angle) - v * math.sin(angle)
    y = centre[1] + u * math.sin(angle) + v * math.cos(angle)
    if looks > 1:
        seen = pixel(image, np.floor(x).astype(int), np.floor(y).astype(int))
        return seen.reshape(pixels, looks, pixels, looks, 3).mean(axis=(1, 3))
    x, y = x - 0.5, y - 0.5
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right, below = (x - left)[..., None], (y - top)[..., None]
    upper = pixel(image, left, top) * (1 - right) + pixel(image, left + 1, top) * right
    lower = pixel(image, left, top + 1) * (1 - right) + pixel(image, left + 1, top + 1) * right
    return upper * (1 - below) + lower * below


def faces(models, image):
    height, width = image.shape[:2]
    side = max(width, height)
    picture = sample(image, (width / 2, height / 2), side, 0.0, 128) / 127.5 - 1
    found = run(models / "face_detection_short_range.tflite", picture)
    anchors = []
    for places, each in ((16, 2), (8, 6)):
        for place in range(places * places):
            anchors += [((place % places + 0.5) / places, (place // places + 0.5) / places)] * each
    boxes = found["regressors"].reshape(-1, 8, 2) / 128
    boxes[:, [0, 2, 3, 4, 5, 6, 7]] += np.array(anchors)[:, None]
    scores = 1 / (1 + np.exp(-found["classificators"][:, 0].astype(float)))
    left = [number for number in np.argsort(-scores) if scores[number] >= 0.5]
    while left:
        best = boxes[left[0]]

        def overlap(other):
            low = np.maximum(best[0] - best[1] / 2, other[0] - other[1] / 2)
            high = np.minimum(best[0] + best[1] / 2, other[0] + other[1] / 2)
            both = np.prod((high - low).clip(0))
            return both / (np.prod(best[1]) + np.prod(other[1]) - both)

        same = [number for number in left if overlap(boxes[number]) > 0.3]
        mean = sum(boxes[number] * scores[number] for number in same) / sum(scores[number] for number in same)
        mean[[0, 2, 3]] = (mean[[0, 2, 3]] - 0.5) * side + (width / 2, height / 2)
        mean[1] *= side
        yield scores[left[0]], mean
        left = [number for number in left if number not in same]


def mesh(models, image, box):
    (left, right) = box[2], box[3]
    angle = math.atan2(right[1] - left[1], right[0] - left[0])
    side = max(box[1]) * 1.5
    found = run(models / "face_landmark.tflite", sample(image, box[0], side, angle, 192) / 255)
    points = found["conv2d_20"].reshape(-1, 3) / 192
    u, v = (points[:, 0] - 0.5) * side, (points[:, 1] - 0.5) * side
    x = box[0][0] + u * math.cos(angle) - v * math.sin(angle)
    y = box[0][1] + u * math.sin(angle) + v * math.cos(angle)
    return np.stack([x, y, points[:, 2] * side], axis=1)


def main():
    models, image = Path(sys.argv[1]), np.asarray(Image.open(sys.argv[2]).convert("RGB")).astype(float)
    for number, (score, box) in enumerate(faces(models, image)):
        print(f"face {score:.4f}, middle, size, eyes:", np.round(box[:4], 3).tolist())
        if number == 0:
            points = mesh(models, image, box)
            for point in (1, 10, 33, 61, 152, 234, 263, 291, 454):
                print(point, np.round(points[point], 3).tolist())


if __name__ == "__main__":
    main()
