// The same loops from kernel.wasm: AssemblyScript with SIMD, see tools/playground/kernel.ts.

/** Whether this browser runs the kernel at all; an old one does not know SIMD. */
export const supported = (bytes) => typeof WebAssembly === "object" && WebAssembly.validate(bytes);

/** Start the kernel. Its arrays lie in its own memory, so that nothing is copied. */
export async function startKernel(bytes) {
  const { instance } = await WebAssembly.instantiate(bytes, {});
  const { memory, heap, convolve, dense, denseBack } = instance.exports;
  let free = Math.ceil(heap() / 16) * 16;

  function floats(size) {
    const array = new Float32Array(memory.buffer, free, size); // a RangeError if the memory is used up
    free += Math.ceil(size / 4) * 16;
    return array;
  }

  const at = (array) => {
    if (array.buffer !== memory.buffer) throw new TypeError("an array lies outside the kernel's memory");
    return array.byteOffset;
  };

  return {
    name: "AssemblyScript SIMD kernel",
    floats,
    convolve: (input, side, inputs, kernel, bias, outputs, output, { top, bottom, left, right }, relu) =>
      convolve(at(input), side, inputs, at(kernel), at(bias), outputs, at(output), top, bottom, left, right, relu),
    dense: (input, size, weights, bias, outputs, output) =>
      dense(at(input), size, at(weights), at(bias), outputs, at(output)),
    denseBack: (gradient, outputs, weights, size, output) =>
      denseBack(at(gradient), outputs, at(weights), size, at(output)),
  };
}
