"""Words about kernels, channels, values and damage."""

from convcheck.verdict.explanations.words import Words

WORDS = (
    Words(
        "kernel-flip",
        "kernel",
        "the kernel is flipped: convolution in place of correlation",
        "Frameworks compute what mathematics calls a correlation. A true convolution flips every "
        "spatial axis of the kernel first.",
        "scipy.signal.convolve, convolve2d and fftconvolve, numpy.convolve, MATLAB's conv2, old "
        "Theano weights (keras 1) all flip. So do papers' formulas.",
        "Symmetric kernels agree, and so do kernels of ones.",
        "scipy: signal.correlate. Or flip once: numpy.flip(kernel, (0, 1)) for HWIO, "
        "weight.flip((2, 3)) in torch. Old Keras: convert_all_kernels_in_model.",
        reports=("keras 9473: Theano and TensorFlow kernels",),
    ),
    Words(
        "kernel-transpose",
        "kernel",
        "height and width of the kernel are exchanged",
        "Rows of the kernel are laid along columns of the image.",
        "WHIO weights from MATLAB, Darknet or column-major files; a wrong axis order in "
        "transpose; a .T too many.",
        "Symmetric kernels agree; a horizontal edge filter finds vertical edges.",
        "numpy.swapaxes(kernel, 0, 1) for HWIO. torch OIHW to HWIO is (2, 3, 1, 0), not "
        "(3, 2, 1, 0).",
        reports=("keras 19291: weights set by transpose (2, 3, 1, 0)",),
    ),
    Words(
        "kernel-io-swap",
        "kernel",
        "input and output channels of the kernel are exchanged",
        "Filter o reads with the weights of filter i.",
        "Layouts differ: torch OIHW, TensorFlow HWIO, and for transposed layers torch IOHW, "
        "TensorFlow HWOI. With as many filters as channels no shape complains.",
        "Only layers with equal numbers of channels run at all; all outputs differ.",
        "torch to HWIO: weight.permute(2, 3, 1, 0). Transposed, torch to HWOI: also (2, 3, 1, 0), "
        "from (in, out, H, W).",
    ),
    Words(
        "channel-order",
        "channels",
        "input or output channels in another order",
        "RGB read as BGR, or filters in another order.",
        "OpenCV reads BGR, Pillow and Keras RGB; caffe-style preprocessing reverses; pruning and "
        "sorting tools permute filters.",
        "Grey images agree. Kernels of ones, which weigh all channels alike, hide it.",
        "x[..., ::-1] once, on one side. Permuted filters: apply the same order to bias and to "
        "the next layer's input channels.",
    ),
    Words(
        "group-order",
        "channels",
        "groups are interleaved in place of consecutive, or permuted",
        "Group g should read channels g*C/G on; here it reads every G-th, or another group's.",
        "Channel shuffles (ShuffleNet) applied or left out, layouts (C/G, G) in place of (G, C/G), "
        "split and concat rewrites by exporters.",
        "groups=1 agrees.",
        "reshape(..., G, C // G), swap the last two axes, reshape back, on one side.",
    ),
    Words(
        "depthwise-order",
        "channels",
        "a depthwise multiplier's outputs in another order",
        "Outputs stand multiplier first where they should stand channel by channel.",
        "TensorFlow's kernel is (H, W, C, M) and its output channel c*M + m; torch's weight is "
        "(C*M, 1, H, W). A transpose or reshape in the wrong order gives m*C + c.",
        "depth multiplier 1 agrees.",
        "HWCM to torch: kernel.transpose(2, 3, 0, 1).reshape(C * M, 1, H, W).",
    ),
    Words(
        "layout-reshape",
        "channels",
        "a reshape where a transpose was due: NCHW numbers read as NHWC",
        "The numbers stay in their order in memory and get another shape: images turn into "
        "stripes.",
        "x.reshape(n, h, w, c) of an NCHW array, view in place of permute, raw buffers passed to "
        "C++ and mobile runtimes, weights read with the wrong shape.",
        "Shapes agree and everything differs; one channel and one filter agree.",
        "x.permute(0, 2, 3, 1) in torch, numpy.transpose(x, (0, 2, 3, 1)). Kernels OIHW to HWIO: "
        "(2, 3, 1, 0).",
    ),
    Words(
        "input-scale",
        "values",
        "the input is scaled, such as pixels in 0 to 255 in place of 0 to 1",
        "Every product carries the factor; a bias does not.",
        "Images read as uint8 on one side and as floats over 255 on the other; Rescaling(1/255) "
        "inside one of the models.",
        "The outputs' ratio is 255 everywhere, without a bias.",
        "Scale once, in the pipeline or in the model. --input converts images as uint8 / 255.",
    ),
    Words(
        "input-normalization",
        "values",
        "the input is normalized: mean and deviation, or -1 to 1",
        "a·x + c is convolved in place of x; at the borders padding stays 0, which shows.",
        "keras.applications' preprocess_input (modes tf, torch, caffe), torchvision's Normalize, "
        "normalization layers folded into one model and not the other.",
        "A constant image gives another constant; borders differ from the inside.",
        "Apply the same preprocessing once, before both. caffe mode reverses channels too.",
    ),
    Words(
        "output-scale",
        "values",
        "every output is multiplied by a constant",
        "Often 1/n (a mean in place of a sum), a dequantization scale, or a folded batch norm.",
        "Averaging filters (OpenCV boxFilter normalize=True), equalized learning rates (StyleGAN), "
        "weight scales of exporters, mixed precision's loss scale.",
        "The ratio of outputs is one number.",
        "Multiply once, or fold the factor into kernel and bias of both.",
    ),
    Words(
        "missing-bias",
        "values",
        "the bias is not added",
        "The convolution alone.",
        "Weights copied without bias, use_bias=False on one side, a batch norm that swallowed "
        "it, exporters that drop zero-sized constants.",
        "The difference is one number for each channel: the bias.",
        "torch: Conv2d(bias=True) and copy it. keras: set_weights([kernel, bias]).",
    ),
    Words(
        "output-offset",
        "values",
        "a constant is added to every output, or one to each channel",
        "A bias that the spec does not have, or another one.",
        "A folded batch norm, zero points of quantization, a bias added twice.",
        "The difference is the same everywhere, or channel by channel.",
        "Give both the same bias, or compare before the addition.",
    ),
    Words(
        "activation",
        "values",
        "an activation is applied to the output",
        "relu, relu6, tanh and so on after the convolution.",
        "Fused layers: Conv2D(activation='relu'), exporters that fuse Conv and Relu into one "
        "node whose output is then compared.",
        "relu: negative outputs are 0, the others agree.",
        "Compare before it: activation=None, or the node before the fused one.",
    ),
    Words(
        "input-channel-dropped",
        "damage",
        "an input channel is left out",
        "Its products are missing from every sum.",
        "Greyscale reading, an alpha channel cut off the wrong end, vectorized kernels whose "
        "last lane is lost when channels are no multiple of 4 or 8.",
        "Images where that channel is 0 agree.",
        "Look at the array just before the call; in a hand-written kernel, at the channel loop's "
        "end.",
    ),
    Words(
        "corrupted-elements",
        "damage",
        "a few outputs are wrong, at most one in a hundred",
        "All others hold their bound.",
        "Races, stale buffers, edges of tiles, bad memory, an interrupted copy.",
        "The report says where; run twice and see whether they move.",
        "Run on one thread. If it persists, report it with the bundle (--save).",
        "all others hold; supported, never proved",
    ),
    Words(
        "corrupted-channel",
        "damage",
        "one output channel is wrong, the others hold",
        "One filter's results are not this convolution.",
        "Weights of one filter lost or overwritten, a vector lane dropped, pruned filters left "
        "as zeros.",
        "Other channels agree up to rounding.",
        "Compare that filter's weights and bias as loaded.",
        "all other channels hold; supported, never proved",
    ),
    Words(
        "unexplained",
        "other",
        "an output leaves its bound and no known cause gives it",
        "Nothing in the catalogue, nor any pair of it, gives the output.",
        "A bug of an implementation, damage, or a change that convcheck does not know.",
        "The report says where the outputs lie and how large the errors are: on borders only, in "
        "one channel, everywhere, all zero.",
        "Shrink the case until one output is left, and compute that one by hand; --save records "
        "it for a report to the framework.",
        "the search ran over the whole catalogue and its pairs without a result",
        ("LiteRT 4847 and 9256: zeros for some large or unequal strides with SAME padding",),
    ),
)
