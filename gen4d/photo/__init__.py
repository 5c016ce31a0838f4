"""From a photo file to the framed subject: safe reading, matting, framing."""
