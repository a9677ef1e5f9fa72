#include <utility>

#include "app/work_queue.h"

#include <algorithm>

namespace tidewright::app {

namespace asio = boost::asio;

asio::awaitable<void> WorkQueue::burn(CpuMs amount) {
  const auto rounds = static_cast<std::uint64_t>(std::max(0.0, amount.count() * roundsPerMs_));
  if (rounds == 0) co_return;
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      [this, rounds](auto handler) {
        add(Job{rounds, std::move(handler)});
      },
      asio::use_awaitable);
}

void WorkQueue::add(Job job) {
  jobs_.push_back(std::move(job));
  slot_.queueDepth.fetch_add(1, std::memory_order_relaxed);
  if (jobs_.size() == 1) asio::post(io_, [this] { step(); });
}

void WorkQueue::step() {
  Job& job = jobs_.front();
  const std::uint64_t slice = std::min(job.roundsLeft, static_cast<std::uint64_t>(roundsPerMs_) + 1);
  hash_ = hashRounds(hash_, slice);
  job.roundsLeft -= slice;
  if (job.roundsLeft == 0) {
    auto done = std::move(job.done);
    jobs_.pop_front();
    slot_.queueDepth.fetch_sub(1, std::memory_order_relaxed);
    asio::post(io_, std::move(done));
  }
  if (!jobs_.empty()) asio::post(io_, [this] { step(); });
}

}  // namespace tidewright::app
