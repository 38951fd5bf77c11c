#!/usr/bin/env python3
"""Draws portrait.jpg, the face of nobody. Needs Pillow."""

from pathlib import Path

from PIL import Image, ImageDraw

picture = Image.new("RGB", (120, 160), "#cdc6b6")
draw = ImageDraw.Draw(picture)
draw.ellipse((12, 110, 108, 190), fill="#8a6f5a")
draw.ellipse((30, 24, 90, 112), fill="#3a2f28")
draw.ellipse((34, 36, 86, 116), fill="#c99f7f")
for x in (50, 70):
    draw.ellipse((x - 3, 66, x + 3, 72), fill="#3a2f28")
draw.line((50, 96, 70, 96), fill="#7a4038", width=2)
picture.save(Path(__file__).with_name("portrait.jpg"), quality=70, optimize=True)
