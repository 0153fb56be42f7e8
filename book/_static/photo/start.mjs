// TensorFlow.js, with its WebAssembly backend: one thread, SIMD.

import { asProblem, noMemory, noWasm } from "./problems.mjs";
import { setWasmPaths } from "./vendor/tf-backend-wasm.mjs";
import * as tf from "./vendor/tf-core.mjs";

const TYPED = [Float32Array, Int32Array, Uint8Array, Uint8ClampedArray];

/** Start the backend from the bytes of its wasm file, and return TensorFlow.js. */
export async function startTensorFlow(bytes) {
  if (typeof WebAssembly !== "object" || !WebAssembly.validate(bytes)) throw noWasm();
  if (tf.getBackend() === "wasm") return tf;
  tf.env().set("WASM_HAS_SIMD_SUPPORT", true);
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  // Whatever TensorFlow.js fetches, it gets these bytes: it never asks the network for anything.
  tf.env().setPlatform("photo", {
    fetch: async () => new Response(bytes),
    now: () => performance.now(),
    encode: (text) => new TextEncoder().encode(text),
    decode: (array) => new TextDecoder().decode(array),
    isTypedArray: (array) => TYPED.some((type) => array instanceof type),
  });
  setWasmPaths("", true);
  // If there is no memory for the module, TensorFlow.js waits for ever: the failure is caught on its way.
  const { instantiate } = WebAssembly;
  const failed = new Promise((_, fail) => {
    WebAssembly.instantiate = (...given) => instantiate(...given).catch((error) => {
      fail(asProblem(error));
      return new Promise(() => {});
    });
  });
  try {
    if (!(await Promise.race([tf.setBackend("wasm"), failed]))) throw noMemory();
  } finally {
    WebAssembly.instantiate = instantiate;
  }
  return tf;
}
