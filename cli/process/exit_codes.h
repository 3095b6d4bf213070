// The exit codes of every command. The footer of each command's --help says what they mean there.
#pragma once

namespace rollcall::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitDiffers = 1;  // also: some service is closed
inline constexpr int kExitMissing = 2;
inline constexpr int kExitUnknown = 3;  // also: not possible, wrong usage, interrupted

}  // namespace rollcall::cli
