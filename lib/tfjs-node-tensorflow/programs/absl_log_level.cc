// Compiled into tfjs-node's binding. Some of TensorFlow's messages go through Abseil's log, which does not know the
// variable TF_CPP_MIN_LOG_LEVEL that silences the others. This hands its value on when the binding is loaded.
#include <algorithm>
#include <cstdlib>

namespace absl {
// TensorFlow 2.20 is built with this version of Abseil; its headers are not in the wheel.
inline namespace lts_20250127 {
enum class LogSeverityAtLeast : int { kInfo = 0, kWarning = 1, kError = 2, kFatal = 3 };
// Weak: with another version the address is null, and the messages stay.
__attribute__((weak)) void SetMinLogLevel(LogSeverityAtLeast severity);
}  // namespace lts_20250127
}  // namespace absl

namespace {
__attribute__((constructor)) void HandOnLogLevel() {
  const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  if (level == nullptr || &absl::SetMinLogLevel == nullptr) return;
  const int severity = std::clamp(std::atoi(level), 0, 3);
  absl::SetMinLogLevel(static_cast<absl::LogSeverityAtLeast>(severity));
}
}  // namespace
