"""Words about formats and the order of sums."""

from convcheck.verdict.explanations.words import Words

_SEEN = "errors grow by the same factor everywhere; the report's column of dtypes, or arithmetic"

WORDS = (
    Words(
        "input-autocast",
        "precision",
        "the input is cast to a narrower dtype on the way in",
        "The layer computes with the input rounded to its own dtype, not with the numbers given.",
        "Keras layers cast to their compute dtype (float32 unless told otherwise) without a word; "
        "model.predict casts to floatx before any layer. jax without jax_enable_x64 makes float32 "
        "of every float64. A mixed policy casts to float16 or bfloat16.",
        "The report marks the dtype with * where it changed. The difference is gone when both "
        "get the narrow input.",
        'keras: Conv2D(..., dtype="float64"), or cast once yourself: x.astype("float32"). '
        'jax: jax.config.update("jax_enable_x64", True). torch: x.double() and layer.double().',
        "the dtypes observed inside the call, and the call run again with the cast undone",
        ("keras 15791: a silent float64 to float32 cast",),
    ),
    Words(
        "kernel-autocast",
        "precision",
        "the kernel is cast to a narrower dtype on the way in",
        "The layer computes with the kernel rounded to its own dtype.",
        "Weights are stored in the layer's variable dtype: set_weights with float64 arrays rounds "
        "them to float32. Exporters write float16 weights to save space.",
        "The report marks the dtype with *; compare layer.get_weights() with what was set.",
        'keras: Conv2D(..., dtype="float64") before set_weights. torch: layer.double().',
        "the dtypes observed inside the call, and the call run again with the cast undone",
    ),
    Words(
        "reduced-precision-tf32",
        "precision",
        "operands rounded to TF32, 11 significant bits, in a float32 convolution",
        "Products are made of operands with 11 bits in place of 24; sums stay float32.",
        "NVIDIA GPUs from Ampere on: cuDNN convolutions use TF32 in PyTorch "
        "(torch.backends.cudnn.allow_tf32 is True by default) and in TensorFlow; oneDNN on some "
        "CPUs when asked. dtypes all say float32.",
        "Errors about 2^13 times an honest float32 run's, often still inside the float32 bound "
        "of a long sum; convcheck finds them there too.",
        "torch: torch.backends.cudnn.allow_tf32 = False. tensorflow: tf.config.experimental."
        'enable_tensor_float_32_execution(False). jax: precision="highest". onnxruntime: the CUDA '
        'provider option use_tf32="0".',
        "the exact result of the rounded operands is closer to the output by far than chance",
        ("pytorch 107514: no way to tell that TF32 is on",),
    ),
    Words(
        "reduced-precision-bfloat16",
        "precision",
        "operands rounded to bfloat16, 8 significant bits",
        "Products are made of operands with 8 bits.",
        "TPUs at default precision (jax precision=None), mixed_bfloat16 policies, oneDNN with "
        "ONEDNN_DEFAULT_FPMATH_MODE=BF16, torch.autocast on CPU.",
        _SEEN,
        'jax: precision="highest". keras: no mixed policy. torch: leave autocast. oneDNN: unset '
        "ONEDNN_DEFAULT_FPMATH_MODE.",
        "the exact result of the rounded operands holds where the given operands' does not",
    ),
    Words(
        "reduced-precision-float16",
        "precision",
        "operands rounded to float16, 11 significant bits",
        "Products are made of operands in float16; what is below 6e-5 loses more bits.",
        "torch.autocast on GPUs, keras mixed_float16, Core ML and some delegates by default, "
        "exported models with float16 weights.",
        _SEEN + ". Values in float16's normal range look the same as TF32.",
        'torch: leave autocast. keras: dtype="float32". LiteRT: no float16 delegate.',
        "the exact result of the rounded operands holds where the given operands' does not",
    ),
    Words(
        "reduced-precision-float32",
        "precision",
        "a float64 convolution computed in float32",
        "Operands and sums are float32 although float64 is declared and returned.",
        "Devices without float64 (Metal, many TPUs) and adapters that cast in and out; jax "
        "without jax_enable_x64.",
        "Errors near 1e-7 of the values in a float64 output.",
        'jax: jax.config.update("jax_enable_x64", True). Others: a CPU, or say float32 openly.',
        "the exact result of the rounded operands holds where the given operands' does not",
    ),
    Words(
        "low-precision-accumulation",
        "precision",
        "partial sums kept in float16 or bfloat16",
        "After each few products the sum is rounded to the narrow format; long sums stagnate.",
        "TensorFlow's depthwise_conv2d, conv2d_transpose and conv3d on a CPU, and torch's "
        "conv_transpose2d, keep partial sums in float16 or bfloat16.",
        "Errors grow with the number of taps, far beyond one rounding of the output.",
        'Compute in float32 and cast the result: x.astype("float32"). keras: dtype="float32" for '
        "this layer alone.",
        "errors of the size that such sums make; never proved, for there is no exact form",
    ),
    Words(
        "summation-order",
        "precision",
        "the same products added in another order",
        "Both outputs are right as far as their arithmetic goes.",
        "Frameworks choose an algorithm by shape, batch size, number of filters, threads and CPU; "
        "each adds in its own order. An upgrade may change it.",
        "Both inside their bounds, neither exact, the same dtypes.",
        "Nothing to mend. Compare with convcheck's bounds, not with an rtol; float64 makes the "
        "difference 5e8 times smaller.",
        "both outputs stay inside the bound of the same arithmetic; supported, never proved",
        (
            "tensorflow 55326: 8 or 16 filters",
            "tensorflow 55471: from 2.3 to 2.6",
            "tensorflow 30975: batch size",
        ),
    ),
    Words(
        "winograd-precision",
        "precision",
        "a Winograd algorithm, which trades accuracy for speed",
        "Tiles are transformed, multiplied and transformed back; errors follow a tile's largest "
        "number and not the output's own terms.",
        "PyTorch on a CPU without oneDNN at batch 16 and more (NNPACK), cuDNN, Arm libraries, for "
        "3x3 and 5x5 kernels with stride 1.",
        "Large errors beside bright spots: next to a large number small sums lose their digits.",
        "torch: torch.backends.nnpack.set_flags(False). cuDNN: another algorithm. Or float64.",
        "errors within 48 of u · sum of tile maxima · 9 · max |k|; supported, never proved",
    ),
    Words(
        "fft-precision",
        "precision",
        "a convolution by FFT",
        "Errors are spread over every output, in size like the whole image's energy.",
        "scipy.signal.fftconvolve, and convolve or correlate that choose it for large kernels; "
        "cuDNN for large kernels.",
        "Where the exact output is 0 or small, noise of the same size as elsewhere.",
        'scipy: method="direct". cuDNN: another algorithm. Or float64.',
        "errors within 2.3 of u · |x|₂ · |k|₂, in quiet places too; supported, never proved",
    ),
    Words(
        "quantization",
        "precision",
        "weights, input or output rounded to 8 bits",
        "Numbers stand on a grid of 255 steps.",
        "LiteRT models converted with optimizations, ONNX quantized models, fake-quantized "
        "training graphs; dynamic-range quantization leaves float inputs and outputs.",
        "Errors near 1 % of the values, as large for small as for large outputs; few distinct "
        "values.",
        "Convert without optimizations to compare the arithmetic first; then accept it: --accept "
        "quantization.",
        "errors of the size that steps of range / 255 make; supported, never proved",
    ),
    Words(
        "integer-overflow",
        "precision",
        "integer sums wrapped around or clipped",
        "Sums beyond the integer format start again at its other end, or stop there.",
        "NumPy, TensorFlow and torch wrap int8 and int32 without a word; uint8 images multiplied "
        "as uint8.",
        "Wrong by exact multiples of 256, 65536 or 2^32; small sums are right.",
        'Cast before the call: x.astype("int32"), or float32.',
    ),
    Words(
        "non-finite",
        "precision",
        "NaN or infinity where the exact result is a number",
        "A product or partial sum left the format, or memory was read that nobody wrote.",
        "float16 sums above 65504; a mixed policy; kernels that read past an edge; 0 times "
        "infinity where padding should be.",
        "The report says how many and where the first is.",
        "A wider dtype if it overflows; bfloat16 has float32's range. NaN on zeros: a framework "
        "bug worth a report.",
        "counted; what made them is not proved",
    ),
)
