// Two threads on two cores hand a ball to and fro over two cache lines.
#ifndef NETVM_ADDON_PINGPONG_H
#define NETVM_ADDON_PINGPONG_H

#include <atomic>
#include <chrono>
#include <cstdint>

using Clock = std::chrono::steady_clock;

constexpr uint64_t spins_per_look = 1024; // at the clock, while nothing comes back
constexpr auto starved_after = std::chrono::milliseconds(500);
constexpr uint64_t end_of_game = ~0ull;

// A line for each way; 128 bytes apart, since neighbours are fetched in pairs.
struct Table {
	alignas(128) std::atomic<uint64_t> ping{0};
	alignas(128) std::atomic<uint64_t> pong{0};
	alignas(128) std::atomic<int> partner_error{0}; // errno of pinning it
	Clock::time_point deadline;
};

// False where the deadline passes first: the hypervisor, or another process, may keep the other core for itself.
inline bool await_change(const std::atomic<uint64_t> &line, uint64_t from, Clock::time_point deadline)
{
	for (uint64_t spins = 1; line.load(std::memory_order_acquire) == from; spins++) {
		if (spins % spins_per_look == 0 && Clock::now() > deadline)
			return false;
	}
	return true;
}

#endif
