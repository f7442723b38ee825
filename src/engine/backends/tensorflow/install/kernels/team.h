// Threads that share the parts of one piece of work. They wait awake for a moment: a step of a small model has a dozen
// products of a tenth of a millisecond, and to wake a thread takes up to half of that. Whoever is free takes the next part,
// the caller too, so that nobody waits for a thread that comes late.
#pragma once
#include <algorithm>
#include <atomic>
#include <cfenv>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace metamd {

class Team {
 public:
  // The process's, as large as TensorFlow lets an operation use threads. It is never destroyed: its threads go with the
  // process.
  static Team& Get() {
    static Team* team = new Team();
    return *team;
  }

  int Size() const { return size_; }

  // Runs work(part) for every part below the number. Alone where another thread has the team.
  template <typename Work>
  void Run(int64_t parts, Work work) {
    std::unique_lock<std::mutex> turn(turn_, std::try_to_lock);
    if (size_ == 1 || parts < 2 || parts > kMask || !turn) {
      for (int64_t part = 0; part < parts; part++) work(part);
      return;
    }
    std::fegetenv(&rounding_);
    work_ = [](void* on, int64_t part) { (*static_cast<Work*>(on))(part); };
    on_ = &work;
    done_ = 0;
    state_ = ((Generation(state_) + 1) << 2 * kBits) | static_cast<uint64_t>(parts) << kBits;
    if (asleep_ > 0) {
      std::lock_guard<std::mutex> lock(sleep_);
      wake_.notify_all();
    }
    while (TakePart(false)) {
    }
    for (int i = 0; done_.load(std::memory_order_acquire) < parts; i++)
      if (i < kPatience)
        Pause();
      else
        std::this_thread::yield();
  }

 private:
  // Of the state: the number of the next part, then how many there are; what is left counts pieces of work.
  static constexpr int kBits = 20;
  static constexpr int64_t kMask = (1 << kBits) - 1;
  static constexpr int kPatience = 1000;  // pauses
  static constexpr auto kAwake = std::chrono::microseconds(200);

  Team() {
    const char* threads = std::getenv("TF_NUM_INTRAOP_THREADS");
    const int wanted = threads == nullptr ? 1 : std::atoi(threads);
    size_ = std::max(1, std::min<int>(wanted, std::thread::hardware_concurrency()));
    for (int i = 1; i < size_; i++) std::thread([this] { Help(); }).detach();
  }

  static uint64_t Generation(uint64_t state) { return state >> 2 * kBits; }

  static void Pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }

  // What is read before a part is taken belongs to it: it does not change before all parts are done.
  bool TakePart(bool is_helper) {
    uint64_t state = state_.load(std::memory_order_acquire);
    for (;;) {
      const int64_t part = state & kMask, parts = state >> kBits & kMask;
      if (part >= parts) return false;
      const auto work = work_.load(std::memory_order_relaxed);
      void* const on = on_.load(std::memory_order_relaxed);
      if (!state_.compare_exchange_weak(state, state + 1, std::memory_order_acq_rel)) continue;
      // Whether numbers next to zero become zero is as the caller has it.
      if (is_helper) std::fesetenv(&rounding_);
      work(on, part);
      done_.fetch_add(1, std::memory_order_release);
      return true;
    }
  }

  void Help() {
    for (;;) {
      const uint64_t seen = Generation(state_);
      const auto is_new = [&] { return Generation(state_) != seen; };
      while (TakePart(true)) {
      }
      const auto until = std::chrono::steady_clock::now() + kAwake;
      while (!is_new() && std::chrono::steady_clock::now() < until)
        for (int i = 0; i < 16; i++) Pause();
      if (is_new()) continue;
      std::unique_lock<std::mutex> lock(sleep_);
      asleep_++;
      wake_.wait(lock, is_new);
      asleep_--;
    }
  }

  int size_;
  std::mutex turn_, sleep_;
  std::condition_variable wake_;
  std::atomic<int> asleep_{0};
  std::fenv_t rounding_;
  std::atomic<void (*)(void*, int64_t)> work_{nullptr};
  std::atomic<void*> on_{nullptr};
  std::atomic<int64_t> done_{0};
  std::atomic<uint64_t> state_{0};
};

// Runs work(part) for every part below the number, alone or on the process's team.
template <typename Work>
void ForParts(bool alone, int64_t parts, Work work) {
  if (!alone) return Team::Get().Run(parts, work);
  for (int64_t part = 0; part < parts; part++) work(part);
}

}  // namespace metamd
