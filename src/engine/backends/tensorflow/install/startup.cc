// A tiny addon that is loaded before TensorFlow's, to set what has to be set before TensorFlow starts.
#include <fcntl.h>
#include <malloc.h>
#include <node_api.h>
#include <unistd.h>

namespace {

int saved_stderr = -1;

// While TensorFlow loads it announces processor features on stderr, whatever its log level is.
napi_value Mute(napi_env, napi_callback_info) {
  const int null = open("/dev/null", O_WRONLY);
  saved_stderr = dup(STDERR_FILENO);
  if (null >= 0) {
    dup2(null, STDERR_FILENO);
    close(null);
  }
  return nullptr;
}

napi_value Unmute(napi_env, napi_callback_info) {
  if (saved_stderr >= 0) {
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    saved_stderr = -1;
  }
  return nullptr;
}

void Export(napi_env env, napi_value exports, const char* name, napi_callback function) {
  napi_value value;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value);
  napi_set_named_property(env, exports, name, value);
}

}  // namespace

NAPI_MODULE_INIT() {
  // A training step allocates and frees the same megabyte buffers again and again. By default glibc maps each of
  // them afresh, and the page faults cost a third of a step; here they stay in the heap.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
  Export(env, exports, "mute", Mute);
  Export(env, exports, "unmute", Unmute);
  return exports;
}
