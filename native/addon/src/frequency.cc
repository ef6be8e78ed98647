// The frequency a core runs at, where neither the kernel nor a counter tells (in a virtual machine): multiplications that wait
// for each other take three cycles each on every x86-64 core since 2008, and the time-stamp counter says how long they took.
#include "addon.h"
#include "tsc.h"

#include <algorithm>
#include <cstring>

#include <sched.h>

namespace {

constexpr int multiplications = 3000; // a batch; some 3 us, far less than what a core stays between two disturbances
constexpr int cycles_each = 3;

struct Frequency {
	int error; // errno of pinning
	double hz;
};

uint64_t batch_ticks()
{
	uint64_t value = 3;
	const uint64_t before = read_tsc();
	for (int i = 0; i < multiplications / 10; i++)
		asm volatile("imul %0, %0\n\timul %0, %0\n\timul %0, %0\n\timul %0, %0\n\timul %0, %0\n\t"
			     "imul %0, %0\n\timul %0, %0\n\timul %0, %0\n\timul %0, %0\n\timul %0, %0"
			     : "+r"(value)
			     :
			     : "cc");
	return read_tsc() - before;
}

// The fastest batch: whatever else happens makes one slower, never faster.
Frequency measure(int core, int64_t duration_ms)
{
	Frequency f = {pin_this_thread(core), 0};
	if (f.error != 0)
		return f;
	const double hz = measure_tsc_hz();
	const uint64_t end = read_tsc() + static_cast<uint64_t>(static_cast<double>(duration_ms) * hz / 1e3);
	uint64_t fastest = ~0ull;
	do
		fastest = std::min(fastest, batch_ticks());
	while (read_tsc() < end);
	f.hz = static_cast<double>(multiplications) * cycles_each * hz / static_cast<double>(fastest);
	return f;
}

// measureFrequency({ core, durationMs }): Promise<number>
Napi::Value measure_frequency(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	if (info.Length() < 1 || !info[0].IsObject())
		throw Napi::TypeError::New(env, "measureFrequency: expected { core, durationMs }");
	auto options = info[0].As<Napi::Object>();
	const int core = static_cast<int>(whole_number(options, "core", 0, CPU_SETSIZE - 1));
	const int64_t duration_ms = whole_number(options, "durationMs", 1, 10'000);
	return in_thread<Frequency>(
		env, "netvm frequency", [=] { return measure(core, duration_ms); },
		[core](Napi::Env inner, Napi::Promise::Deferred &deferred, const Frequency &f) {
			if (f.error != 0)
				deferred.Reject(
					Napi::Error::New(inner, "core " + std::to_string(core) + ": " + strerror(f.error)).Value());
			else
				deferred.Resolve(Napi::Number::New(inner, f.hz));
		});
}

} // namespace

void define_frequency(Napi::Env env, Napi::Object exports)
{
	exports.Set("measureFrequency", Napi::Function::New<measure_frequency>(env, "measureFrequency"));
}
