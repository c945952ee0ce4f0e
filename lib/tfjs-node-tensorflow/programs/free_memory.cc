// Compiled into tfjs-node's binding. Adds to its functions `releaseFreeMemory()`, which gives memory that nothing uses any more
// back to the system: true where that could be done.
//
// With oneDNN, TensorFlow's own CPU allocator doubles its pool whenever it is too small and never gives back any of it. With
// TF_ONEDNN_USE_SYSTEM_ALLOCATOR=1, set before the library is loaded, tensors come from malloc, which can.
#include <node_api.h>

#include <cstdlib>
#include <cstring>
#ifdef __GLIBC__
#include <malloc.h>
#endif

// The binding's own initialisation.
extern "C" napi_value napi_register_module_v1(napi_env env, napi_value exports);

namespace {

bool UsesMalloc() {
  const char* value = std::getenv("TF_ONEDNN_USE_SYSTEM_ALLOCATOR");
  return value != nullptr && (std::strcmp(value, "1") == 0 || std::strcmp(value, "true") == 0);
}

napi_value ReleaseFreeMemory(napi_env env, napi_callback_info) {
  bool released = false;
#ifdef __GLIBC__
  if (UsesMalloc()) {
    malloc_trim(0);
    released = true;
  }
#endif
  napi_value result = nullptr;
  napi_get_boolean(env, released, &result);
  return result;
}

napi_value Initialize(napi_env env, napi_value exports) {
#ifdef __GLIBC__
  if (UsesMalloc()) {
    // By default malloc maps and unmaps each large tensor of each step, and the system fills it with zeros first.
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 28);
  }
#endif
  exports = napi_register_module_v1(env, exports);
  napi_value function = nullptr;
  if (exports != nullptr && napi_create_function(env, "releaseFreeMemory", NAPI_AUTO_LENGTH, ReleaseFreeMemory, nullptr,
                                                 &function) == napi_ok) {
    napi_set_named_property(env, exports, "releaseFreeMemory", function);
  }
  return exports;
}

napi_module module = {1, 0, __FILE__, Initialize, "tfe_binding", nullptr, {nullptr}};

// Node prefers a module that registers itself to the function napi_register_module_v1 alone.
__attribute__((constructor)) void Register() { napi_module_register(&module); }

}  // namespace
