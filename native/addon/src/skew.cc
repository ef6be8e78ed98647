// How far apart the time-stamp counters of two cores are. A packet is stamped on one core and read on the same one, but gaps of
// the device are compared with send times of the generator: counters that do not agree would blame the wrong packets.
#include "addon.h"
#include "pingpong.h"
#include "tsc.h"

#include <cstring>
#include <system_error>

#include <sched.h>

namespace {

constexpr uint64_t trips_min = 1'000;

struct SkewTable : Table {
	alignas(128) std::atomic<uint64_t> partner_tsc{0}; // when it saw the ball
};

struct Skew {
	int error_core = -1;
	int error = 0; // errno
	bool met = false;
	double ticks = 0;      // of the second core's counter, ahead of the first one's
	double within_ticks = 0; // the truth lies so near
	double ns_per_tick = 0;
};

void stamp_balls(SkewTable &table, int core)
{
	table.partner_error = pin_this_thread(core);
	if (table.partner_error != 0)
		return;
	for (uint64_t seen = 0; await_change(table.ping, seen, table.deadline);) {
		seen = table.ping.load(std::memory_order_acquire);
		table.partner_tsc.store(read_tsc(), std::memory_order_relaxed);
		table.pong.store(seen, std::memory_order_release);
		if (seen == end_of_game)
			return;
	}
}

// As clocks of a network are compared (RFC 5905 section 8): the stamp of the other side against the middle of the trip, and
// of many trips the fastest one tells, since it leaves the least room for error.
void compare(SkewTable &table, Clock::duration duration, Skew *skew)
{
	uint64_t fastest = ~0ull, ball = 0;
	const auto end = Clock::now() + duration;
	while (ball < trips_min || Clock::now() < end) {
		const uint64_t before = read_tsc();
		table.ping.store(++ball, std::memory_order_release);
		if (!await_change(table.pong, ball - 1, table.deadline))
			return;
		const uint64_t after = read_tsc();
		if (after - before >= fastest)
			continue;
		fastest = after - before;
		const uint64_t there = table.partner_tsc.load(std::memory_order_relaxed);
		skew->ticks = static_cast<double>(static_cast<int64_t>(there - before)) - static_cast<double>(fastest) / 2;
		skew->within_ticks = static_cast<double>(fastest) / 2;
	}
	skew->met = true;
}

Skew measure(int core_a, int core_b, Clock::duration duration)
{
	Skew skew;
	SkewTable table;
	const double hz = measure_tsc_hz();
	table.deadline = Clock::now() + duration + starved_after;
	skew.ns_per_tick = 1e9 / hz;
	skew.error = pin_this_thread(core_a);
	skew.error_core = core_a;
	if (skew.error != 0)
		return skew;
	std::thread partner;
	try {
		partner = std::thread(stamp_balls, std::ref(table), core_b);
	} catch (const std::system_error &failed) {
		skew.error = failed.code().value();
		skew.error_core = core_b;
		return skew;
	}
	compare(table, duration, &skew);
	table.ping.store(end_of_game, std::memory_order_release);
	partner.join();
	skew.error = table.partner_error;
	skew.error_core = core_b;
	return skew;
}

// measureSkew({ coreA, coreB, durationMs }): Promise<{ skewNs, withinNs } | null>
Napi::Value measure_skew(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	if (info.Length() < 1 || !info[0].IsObject())
		throw Napi::TypeError::New(env, "measureSkew: expected { coreA, coreB, durationMs }");
	auto options = info[0].As<Napi::Object>();
	const int core_a = static_cast<int>(whole_number(options, "coreA", 0, CPU_SETSIZE - 1));
	const int core_b = static_cast<int>(whole_number(options, "coreB", 0, CPU_SETSIZE - 1));
	const std::chrono::milliseconds duration(whole_number(options, "durationMs", 1, 10'000));
	if (core_a == core_b)
		throw Napi::RangeError::New(env, "measureSkew: expected two different cores");
	return in_thread<Skew>(
		env, "netvm skew", [=] { return measure(core_a, core_b, duration); },
		[](Napi::Env inner, Napi::Promise::Deferred &deferred, const Skew &skew) {
			if (skew.error != 0) {
				deferred.Reject(Napi::Error::New(inner, "core " + std::to_string(skew.error_core) + ": " +
										strerror(skew.error))
							.Value());
				return;
			}
			if (!skew.met) {
				deferred.Resolve(inner.Null());
				return;
			}
			Napi::Object result = Napi::Object::New(inner);
			result.Set("skewNs", skew.ticks * skew.ns_per_tick);
			result.Set("withinNs", skew.within_ticks * skew.ns_per_tick);
			deferred.Resolve(result);
		});
}

} // namespace

void define_skew(Napi::Env env, Napi::Object exports)
{
	exports.Set("measureSkew", Napi::Function::New<measure_skew>(env, "measureSkew"));
}
