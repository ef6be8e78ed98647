// Sampler: reads counters at a fixed rate in a thread of its own, into memory allocated at start.
#include "addon.h"
#include "segment.h"
#include "tsc.h"

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <vector>

#include <sched.h>

namespace {

constexpr uint64_t max_buffer_values = 16u << 20; // 128 MB

class Sampler : public Napi::ObjectWrap<Sampler> {
public:
	// new Sampler(path, names, { hz, rowsMax, core: -1 for any })
	explicit Sampler(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Sampler>(info)
	{
		Napi::Env env = info.Env();
		guarded(env, [&] { segment_ = std::make_unique<Segment>(text_argument(info, 0, "path")); });
		if (info.Length() < 3 || !info[1].IsArray() || !info[2].IsObject())
			throw Napi::TypeError::New(env, "Sampler: expected a path, a list of counters and { hz, rowsMax, core }");
		auto names = info[1].As<Napi::Array>();
		for (uint32_t i = 0; i < names.Length(); i++)
			guarded(env, [&] { columns_.push_back(segment_->index_of(Napi::Value(names[i]).ToString())); });
		auto options = info[2].As<Napi::Object>();
		hz_ = whole_number(options, "hz", 1, 10'000);
		rows_max_ = static_cast<uint64_t>(whole_number(options, "rowsMax", 1, max_buffer_values));
		if (rows_max_ * (columns_.size() + 1) > max_buffer_values)
			throw Napi::RangeError::New(env, "Sampler: so many rows of so many counters do not fit 128 MB");
		const int core = static_cast<int>(whole_number(options, "core", -1, CPU_SETSIZE - 1));
		// Written, not just reserved: a page fault in the thread would be a pause in the samples.
		times_.assign(rows_max_, 0);
		values_.assign(rows_max_ * columns_.size(), 0);
		start(env, core);
	}

	~Sampler() override { end_thread(); }

	static Napi::Function Define(Napi::Env env)
	{
		return DefineClass(env, "Sampler", {InstanceMethod<&Sampler::Stop>("stop")});
	}

private:
	void start(Napi::Env env, int core)
	{
		thread_ = std::thread([this] { loop(); });
		if (core < 0)
			return;
		cpu_set_t set;
		CPU_ZERO(&set);
		CPU_SET(static_cast<unsigned>(core), &set);
		int error = pthread_setaffinity_np(thread_.native_handle(), sizeof set, &set);
		if (error == 0)
			return;
		end_thread();
		throw Napi::Error::New(env, "core " + std::to_string(core) + ": " + strerror(error));
	}

	void loop()
	{
		using namespace std::chrono;
		const auto period = nanoseconds(1'000'000'000 / hz_);
		auto next = steady_clock::now();
		std::unique_lock<std::mutex> lock(mutex_);
		while (!stopping_) {
			sample();
			next += period;
			// After a pause go on from here: samples in a row would all show the same moment.
			if (next < steady_clock::now())
				next = steady_clock::now() + period;
			wake_.wait_until(lock, next, [this] { return stopping_; });
		}
	}

	void sample()
	{
		if (rows_ == rows_max_) {
			missed_++;
			return;
		}
		times_[rows_] = read_tsc();
		for (size_t c = 0; c < columns_.size(); c++)
			values_[rows_ * columns_.size() + c] = segment_->value(columns_[c]);
		rows_++;
	}

	void end_thread()
	{
		{
			std::lock_guard<std::mutex> lock(mutex_);
			stopping_ = true;
		}
		wake_.notify_all();
		if (thread_.joinable())
			thread_.join();
	}

	Napi::Value Stop(const Napi::CallbackInfo &info)
	{
		end_thread();
		Napi::Env env = info.Env();
		auto times = Napi::BigUint64Array::New(env, rows_);
		auto values = Napi::BigUint64Array::New(env, rows_ * columns_.size());
		if (rows_ > 0)
			memcpy(times.Data(), times_.data(), rows_ * sizeof(uint64_t));
		if (values.ElementLength() > 0)
			memcpy(values.Data(), values_.data(), values.ElementLength() * sizeof(uint64_t));
		Napi::Object result = Napi::Object::New(env);
		result.Set("timesTsc", times);
		result.Set("values", values);
		result.Set("missed", static_cast<double>(missed_));
		return result;
	}

	std::unique_ptr<Segment> segment_;
	std::vector<uint32_t> columns_;
	std::vector<uint64_t> times_, values_;
	int64_t hz_ = 0;
	uint64_t rows_max_ = 0, rows_ = 0, missed_ = 0;
	std::thread thread_;
	std::mutex mutex_;
	std::condition_variable wake_;
	bool stopping_ = false;
};

} // namespace

void define_sampler(Napi::Env env, Napi::Object exports)
{
	exports.Set("Sampler", Sampler::Define(env));
}
