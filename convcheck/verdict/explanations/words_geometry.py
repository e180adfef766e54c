"""Words about where taps read."""

from convcheck.verdict.explanations.words import Words

WORDS = (
    Words(
        "same-padding-side",
        "geometry",
        "the odd zero of SAME padding stands on the other side",
        "SAME needs max((out - 1) * stride + window - in, 0) zeros along an axis. Where that is "
        "odd, TensorFlow, Keras and jax put the extra zero after (bottom, right). Who puts it "
        "before, or pads both sides alike, reads every window one pixel earlier.",
        "Porting stride-2 layers to PyTorch: Conv2d(kernel_size=3, stride=2, padding=1) on an "
        'even input has the same shape as padding="same" and reads one pixel before it. '
        "PyTorch's padding='same' refuses strides for that reason. ONNX has both: SAME_UPPER is "
        "TensorFlow's, SAME_LOWER the other. Caffe and Core ML pad symmetrically. Even kernels "
        "show it at stride 1 as well.",
        "Every output differs, shapes agree, and the picture looks shifted by one input pixel. An "
        "odd input, or stride 1 with an odd kernel, hides it.",
        "Pad by hand what TensorFlow pads. torch, kernel 3, stride 2, even input:\n"
        "    x = F.pad(x, (0, 1, 0, 1)); y = F.conv2d(x, weight, stride=2, padding=0)\n"
        "F.pad counts from the last axis: (left, right, top, bottom). In general, for each axis:\n"
        "    total = max((ceil(in / stride) - 1) * stride + dilation * (k - 1) + 1 - in, 0)\n"
        "    before, after = total // 2, total - total // 2\n"
        "The other way round, Keras for weights trained in PyTorch:\n"
        '    ZeroPadding2D(1), then Conv2D(k, strides=2, padding="valid")\n'
        'ONNX: auto_pad="SAME_UPPER", or pads=[top, left, bottom, right].',
        reports=(
            "keras 19291: Keras and torch with strides=2 and padding same",
            "pytorch 67551, 3867: what same padding should mean with strides",
            "keras 9473: ResNet50 gives different results on three backends",
        ),
    ),
    Words(
        "padding-mode",
        "geometry",
        "another amount of padding: valid, full, half a kernel, causal",
        "Zeros around the input are more or fewer than the spec says; outputs shift, or their "
        "number changes.",
        'torch\'s default is padding=0, Keras\'s is "valid", scipy\'s is "full". k // 2 on both '
        "sides is not SAME for even kernels, strides or dilations. Causal layers pad before "
        "alone. Undilated sizes in the formula pad too little.",
        "The shape differs, or rows of outputs stand one or more places off.",
        "Say the padding in numbers on both sides. torch: padding=(k // 2) or F.pad. keras: "
        'padding="same" or ZeroPadding2D. scipy: mode="same" or "valid".',
    ),
    Words(
        "border-mode",
        "geometry",
        "borders padded with the image itself, or a constant, in place of zeros",
        "reflect, symmetric, edge or wrap padding, or a constant such as a zero point.",
        "OpenCV's filter2D reflects (BORDER_DEFAULT), scipy.ndimage too; torch has padding_mode="
        "'reflect', 'replicate', 'circular'. Quantized models pad with 0 where it should be the "
        "zero point, and the other way round.",
        "The inside agrees, only outputs within half a kernel of the border differ.",
        "torch: padding_mode='zeros'. OpenCV: borderType=cv2.BORDER_CONSTANT. scipy.ndimage: "
        "mode='constant', cval=0.",
    ),
    Words(
        "spatial-shift",
        "geometry",
        "the whole output is shifted by one or two input pixels",
        "Windows start elsewhere than the spec says.",
        "Off-by-one errors in hand-written kernels, im2col code, crops before or after the "
        "layer; centre conventions for even kernels (scipy.ndimage origin, OpenCV anchor).",
        "The difference is gone when one output is compared with the other's neighbour.",
        "Compare pads and the first window's start. scipy.ndimage: origin=-1 for even kernels. "
        "OpenCV: anchor.",
    ),
    Words(
        "dilation-ignored",
        "geometry",
        "a dilated kernel applied without its dilation",
        "Taps stand next to each other instead of apart.",
        "Exporters and delegates that drop the attribute; TensorFlow's space-to-batch form that "
        "a converter does not fuse again; layers built with another argument's name.",
        "Inner outputs differ, constant images agree.",
        "keras: dilation_rate. torch: dilation. jax: rhs_dilation. tensorflow: dilations. Look at "
        "the exported node's attribute.",
    ),
    Words(
        "dilation-as-stride",
        "geometry",
        "dilation used as stride, or both exchanged",
        "Outputs are skipped where taps should be spread.",
        "Arguments in the wrong place: torch.nn.functional.conv2d takes stride, padding, "
        "dilation in this order; jax has lhs_dilation (spreads the input) beside rhs_dilation.",
        "The output is smaller by the factor, or every second one is missing.",
        "Give them by name: stride=1, dilation=2.",
    ),
    Words(
        "stride-phase",
        "geometry",
        "the strided outputs are taken from another start",
        "A stride-1 result is kept every s-th place from another first one.",
        "Padding as for stride 1 and then y[::2], strided slices in hand-written code, "
        "downsampling layers in other libraries.",
        "Outputs equal a neighbour of what they should be at stride 1.",
        "Pad as the strided layer does: see same-padding-side.",
    ),
    Words(
        "transpose-crop",
        "transposed",
        "another part of the full transposed output is kept",
        "A transposed convolution makes (in - 1) * stride + window outputs and crops them. SAME "
        "crops max(window - stride, 0) // 2 before; who crops elsewhere is some pixels off.",
        "torch's conv_transpose2d crops the same number on both sides and appends output_padding "
        'after: padding="same" of an odd kernel with stride 2 needs one less before. Keras on '
        "torch was one pixel off until PR 22876; shapes agreed, so tests passed.",
        "Shapes agree, values look shifted by one output pixel.",
        "torch: make all of it, then cut:\n"
        "    y = F.conv_transpose2d(x, weight, stride=s, padding=0)\n"
        "    y = y[:, :, before:before + out_h, before:before + out_w]\n"
        "with before = max(window - s, 0) // 2 and out = in * s. Keras: a fixed version, or "
        'padding="valid" and Cropping2D.',
        reports=(
            "keras PR 22876: Conv2DTranspose on torch one pixel off",
            "keras-core 520: the padding computation was wrong",
        ),
    ),
    Words(
        "transpose-kernel-flip",
        "transposed",
        "the transposed convolution's kernel is flipped",
        "Each input is spread with the kernel turned by 180 degrees.",
        "jax.lax.conv_transpose without transpose_kernel=True; transposed layers written as a "
        "convolution over a stuffed input without the flip.",
        "Symmetric kernels agree, others do not.",
        "jax: transpose_kernel=True. By hand: flip all spatial axes once.",
    ),
)
