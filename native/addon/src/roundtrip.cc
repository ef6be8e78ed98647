// How far apart two cores are: the round trip of a cache line between them. A hypervisor moves virtual cores between
// physical ones, and what a packet costs to hand over moves with them.
#include "addon.h"
#include "pingpong.h"

#include <algorithm>
#include <cstring>
#include <system_error>
#include <vector>

#include <sched.h>

namespace {

constexpr uint64_t trips_per_batch = 500; // 25 to 200 us: reading the clock costs nothing beside it
constexpr size_t batches_min = 20;

struct Answer {
	int error_core = -1;
	int error = 0; // errno
	double ns = 0; // 0 where the cores did not meet before the deadline
};

void return_balls(Table &table, int core)
{
	table.partner_error = pin_this_thread(core);
	if (table.partner_error != 0)
		return;
	for (uint64_t seen = 0; await_change(table.ping, seen, table.deadline);) {
		seen = table.ping.load(std::memory_order_acquire);
		table.pong.store(seen, std::memory_order_release);
		if (seen == end_of_game)
			return;
	}
}

bool play_batch(Table &table, uint64_t *ball)
{
	for (uint64_t i = 0; i < trips_per_batch; i++) {
		table.ping.store(++*ball, std::memory_order_release);
		if (!await_change(table.pong, *ball - 1, table.deadline))
			return false;
	}
	return true;
}

// Median over batches: one in which a core was taken away counts as one, however long that was.
double serve(Table &table, Clock::duration duration)
{
	std::vector<double> trips_ns;
	uint64_t ball = 0;
	// The first batch waits for the partner to start, and warms both lines.
	if (!play_batch(table, &ball))
		return 0;
	const auto start = Clock::now();
	auto last = start;
	while ((trips_ns.size() < batches_min || last - start < duration) && play_batch(table, &ball)) {
		const auto now = Clock::now();
		trips_ns.push_back(std::chrono::duration<double, std::nano>(now - last).count() / trips_per_batch);
		last = now;
	}
	if (trips_ns.size() < batches_min)
		return 0;
	const auto middle = trips_ns.begin() + static_cast<std::ptrdiff_t>(trips_ns.size() / 2);
	std::nth_element(trips_ns.begin(), middle, trips_ns.end());
	return *middle;
}

Answer measure(int core_a, int core_b, Clock::duration duration)
{
	Table table;
	table.deadline = Clock::now() + duration + starved_after;
	const int error = pin_this_thread(core_a);
	if (error != 0)
		return {core_a, error, 0};
	std::thread partner;
	try {
		partner = std::thread(return_balls, std::ref(table), core_b);
	} catch (const std::system_error &failed) {
		return {core_b, failed.code().value(), 0};
	}
	const double ns = serve(table, duration);
	table.ping.store(end_of_game, std::memory_order_release);
	partner.join();
	return {table.partner_error == 0 ? -1 : core_b, table.partner_error, ns};
}

// measureRoundTrip({ coreA, coreB, durationMs }): Promise<number | null>
Napi::Value measure_round_trip(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	if (info.Length() < 1 || !info[0].IsObject())
		throw Napi::TypeError::New(env, "measureRoundTrip: expected { coreA, coreB, durationMs }");
	auto options = info[0].As<Napi::Object>();
	const int core_a = static_cast<int>(whole_number(options, "coreA", 0, CPU_SETSIZE - 1));
	const int core_b = static_cast<int>(whole_number(options, "coreB", 0, CPU_SETSIZE - 1));
	const std::chrono::milliseconds duration(whole_number(options, "durationMs", 1, 10'000));
	if (core_a == core_b)
		throw Napi::RangeError::New(env, "measureRoundTrip: expected two different cores");
	return in_thread<Answer>(
		env, "netvm roundtrip", [=] { return measure(core_a, core_b, duration); },
		[](Napi::Env inner, Napi::Promise::Deferred &deferred, const Answer &answer) {
			if (answer.error != 0)
				deferred.Reject(Napi::Error::New(inner, "core " + std::to_string(answer.error_core) + ": " +
										strerror(answer.error))
							.Value());
			else
				deferred.Resolve(answer.ns > 0 ? Napi::Value(Napi::Number::New(inner, answer.ns)) : inner.Null());
		});
}

} // namespace

void define_round_trip(Napi::Env env, Napi::Object exports)
{
	exports.Set("measureRoundTrip", Napi::Function::New<measure_round_trip>(env, "measureRoundTrip"));
}
