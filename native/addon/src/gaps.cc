// Jitter probe: an idle loop, pinned to a core, that watches the clock. Where it jumps, the core was taken away.
#include "addon.h"
#include "tsc.h"

#include <algorithm>
#include <cstring>

#include <sched.h>

namespace {

struct Profile {
	int error; // errno of pinning
	uint64_t gaps, total_ticks, max_ticks, duration_ticks;
	double ns_per_tick;
};

Profile watch(int core, int64_t duration_ms, int64_t threshold_ns)
{
	Profile p = {};
	p.error = pin_this_thread(core);
	if (p.error != 0)
		return p;
	const double hz = measure_tsc_hz();
	const auto threshold = static_cast<uint64_t>(static_cast<double>(threshold_ns) * hz / 1e9);
	const uint64_t start = read_tsc();
	const uint64_t end = start + static_cast<uint64_t>(static_cast<double>(duration_ms) * hz / 1e3);
	uint64_t last = start;
	while (last < end) {
		const uint64_t now = read_tsc();
		const uint64_t away = now - last;
		if (away > threshold) {
			p.gaps++;
			p.total_ticks += away;
			p.max_ticks = std::max(p.max_ticks, away);
		}
		last = now;
	}
	p.duration_ticks = last - start;
	p.ns_per_tick = 1e9 / hz;
	return p;
}

Napi::Value measure_gaps(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	if (info.Length() < 1 || !info[0].IsObject())
		throw Napi::TypeError::New(env, "measureGaps: expected { core, durationMs, thresholdNs }");
	auto options = info[0].As<Napi::Object>();
	const int core = static_cast<int>(whole_number(options, "core", 0, CPU_SETSIZE - 1));
	const int64_t duration_ms = whole_number(options, "durationMs", 1, 600'000);
	const int64_t threshold_ns = whole_number(options, "thresholdNs", 1'000, 1'000'000'000);
	return in_thread<Profile>(
		env, "netvm gaps", [=] { return watch(core, duration_ms, threshold_ns); },
		[core](Napi::Env inner, Napi::Promise::Deferred &deferred, const Profile &p) {
			if (p.error != 0) {
				deferred.Reject(
					Napi::Error::New(inner, "core " + std::to_string(core) + ": " + strerror(p.error)).Value());
				return;
			}
			Napi::Object result = Napi::Object::New(inner);
			result.Set("core", core);
			result.Set("durationNs", static_cast<double>(p.duration_ticks) * p.ns_per_tick);
			result.Set("gaps", static_cast<double>(p.gaps));
			result.Set("gapNsTotal", static_cast<double>(p.total_ticks) * p.ns_per_tick);
			result.Set("gapNsMax", static_cast<double>(p.max_ticks) * p.ns_per_tick);
			deferred.Resolve(result);
		});
}

} // namespace

void define_gaps(Napi::Env env, Napi::Object exports)
{
	exports.Set("measureGaps", Napi::Function::New<measure_gaps>(env, "measureGaps"));
}
