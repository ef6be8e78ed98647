// The time-stamp counter's rate, against the kernel's raw clock.
#include "addon.h"
#include "tsc.h"

#include <algorithm>
#include <ctime>

namespace {

constexpr uint64_t measure_ns = 20'000'000;

struct Moment {
	uint64_t tsc, ns;
};

// The clock is read between two readings of the counter; of several tries the tightest counts, so that a core taken away in
// between does not.
Moment now()
{
	Moment best = {};
	uint64_t tightest = ~0ull;
	for (int i = 0; i < 16; i++) {
		timespec t;
		uint64_t before = read_tsc();
		clock_gettime(CLOCK_MONOTONIC_RAW, &t);
		uint64_t after = read_tsc();
		if (after - before < tightest) {
			tightest = after - before;
			best = {before + (after - before) / 2, uint64_t(t.tv_sec) * 1'000'000'000 + uint64_t(t.tv_nsec)};
		}
	}
	return best;
}

Napi::Value tsc_hz(const Napi::CallbackInfo &info)
{
	double hz = measure_tsc_hz();
	return Napi::Number::New(info.Env(), hz);
}

Napi::Value tsc_now(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), static_cast<double>(read_tsc()));
}

} // namespace

double measure_tsc_hz()
{
	Moment start = now();
	timespec wait = {0, measure_ns};
	nanosleep(&wait, nullptr);
	Moment end = now();
	return static_cast<double>(end.tsc - start.tsc) * 1e9 / static_cast<double>(end.ns - start.ns);
}

void define_clock(Napi::Env env, Napi::Object exports)
{
	exports.Set("tscHz", Napi::Function::New<tsc_hz>(env, "tscHz"));
	exports.Set("tscNow", Napi::Function::New<tsc_now>(env, "tscNow"));
}
