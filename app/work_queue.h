#pragma once

#include <cstdint>
#include <deque>
#include <functional>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "app/board.h"
#include "app/work.h"

namespace tidewright::app {

/// CPU work of one loop, first come first served, on the loop's own thread.
///
/// A job is cut into slices of a millisecond, and between two slices the loop looks at its sockets: health probes and
/// scrapes are answered even when the queue is long. Not thread-safe: used on its loop only.
class WorkQueue {
 public:
  WorkQueue(boost::asio::io_context& io, double roundsPerMs, Slot& slot)
      : io_(io), roundsPerMs_(roundsPerMs), slot_(slot) {}
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  /// Returns once `amount` was burnt; at once when it is 0.
  [[nodiscard]] boost::asio::awaitable<void> burn(CpuMs amount);

 private:
  struct Job {
    std::uint64_t roundsLeft = 0;
    std::move_only_function<void()> done;
  };

  void add(Job job);
  void step();

  boost::asio::io_context& io_;
  const double roundsPerMs_;
  Slot& slot_;
  std::deque<Job> jobs_;
  std::uint64_t hash_ = 1;
};

}  // namespace tidewright::app
