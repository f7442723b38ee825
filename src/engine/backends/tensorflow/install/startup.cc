// A tiny addon that is loaded before TensorFlow's, to set what has to be set before TensorFlow starts and while it computes.
#include <fcntl.h>
#include <initializer_list>
#include <malloc.h>
#include <node_api.h>
#include <pthread.h>
#include <signal.h>
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

thread_local sigset_t signals_before;

// Products of oneDNN let the stack pointer point into the heap for a while (its issue 4845): the handler of a signal (Ctrl-C,
// Slurm's warning, a terminal's new size) would write over what lies there. So other threads get signals meanwhile, and
// TensorFlow's own, which begin as their creator is, none at all. What a thread itself causes cannot wait.
napi_value HoldSignals(napi_env, napi_callback_info) {
  sigset_t signals;
  sigfillset(&signals);
  for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) sigdelset(&signals, own);
  pthread_sigmask(SIG_BLOCK, &signals, &signals_before);
  return nullptr;
}

napi_value ReleaseSignals(napi_env, napi_callback_info) {
  pthread_sigmask(SIG_SETMASK, &signals_before, nullptr);
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
  Export(env, exports, "holdSignals", HoldSignals);
  Export(env, exports, "releaseSignals", ReleaseSignals);
  return exports;
}
