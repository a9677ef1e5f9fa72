#include "app/board.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace tidewright::app {

static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free,
              "shared between processes: a lock would not be");

void Board::count(unsigned status, std::chrono::nanoseconds took) {
  constexpr auto relaxed = std::memory_order_relaxed;
  requests[std::min<std::size_t>(status, requests.size() - 1)].fetch_add(1, relaxed);
  const double seconds = std::chrono::duration<double>(took).count();
  const auto* bound = std::lower_bound(kDurationBounds.begin(), kDurationBounds.end(), seconds);
  durations[static_cast<std::size_t>(bound - kDurationBounds.begin())].fetch_add(1, relaxed);
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  durationMicros.fetch_add(static_cast<std::uint64_t>(std::max<std::int64_t>(0, micros)), relaxed);
}

void UnmapBoard::operator()(Board* board) const {
  std::destroy_at(board);
  munmap(board, sizeof(Board));
}

SharedBoard makeSharedBoard() {
  void* const memory = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  return SharedBoard(new (memory) Board());
}

}  // namespace tidewright::app
