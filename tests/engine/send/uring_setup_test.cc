// Tests that a restricted io_uring ring refuses other operations, also if an attacker submits them.
#include "engine/send/uring_setup.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <functional>

#include "engine/base/fd.h"

namespace rollcall::send {
namespace {

constexpr std::array<std::uint8_t, 1> kSend{IORING_OP_SEND};

class Ring : public testing::Test {
 protected:
  void SetUp() override {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    here_ = Fd(ends[0]);
    there_ = Fd(ends[1]);
    io_uring_params params{};
    ASSERT_EQ(make_ring(ring_, 4, params), 0);
    ASSERT_TRUE(is_disabled(params));
    const int fd = here_.get();
    ASSERT_EQ(io_uring_register_files(&ring_, &fd, 1), 0);
  }
  ~Ring() override { io_uring_queue_exit(&ring_); }

  // The result of one request.
  int ask(const std::function<void(io_uring_sqe*)>& prepare) {
    prepare(io_uring_get_sqe(&ring_));
    io_uring_submit_and_wait(&ring_, 1);
    io_uring_cqe* completion = nullptr;
    if (io_uring_peek_cqe(&ring_, &completion) != 0) return -ENODATA;
    const int result = completion->res;
    io_uring_cqe_seen(&ring_, completion);
    return result;
  }
  int send(unsigned flags, int fd) {
    return ask([&](io_uring_sqe* request) {
      io_uring_prep_send(request, fd, "x", 1, MSG_DONTWAIT);
      request->flags = static_cast<__u8>(flags);
    });
  }
  int read() {
    static std::array<char, 8> buffer;
    return ask([&](io_uring_sqe* request) {
      io_uring_prep_read(request, there_.get(), buffer.data(), buffer.size(), 0);
    });
  }

  io_uring ring_{};
  Fd here_;
  Fd there_;
};

TEST_F(Ring, DoesAnythingWhereNothingIsRestricted) {
  ASSERT_EQ(enable_ring(ring_), 0);
  EXPECT_EQ(send(IOSQE_FIXED_FILE, 0), 1);
  EXPECT_EQ(send(0, here_.get()), 1);
  EXPECT_EQ(read(), 1);
}

TEST_F(Ring, DoesWhatIsNamedAndNothingElse) {
  ASSERT_EQ(restrict_ring(ring_, {.operations = kSend,
                                  .flags_allowed = IOSQE_FIXED_FILE,
                                  .flags_required = IOSQE_FIXED_FILE}),
            0);
  ASSERT_EQ(enable_ring(ring_), 0);
  EXPECT_EQ(send(IOSQE_FIXED_FILE, 0), 1);
  EXPECT_EQ(send(0, here_.get()), -EACCES);  // another file
  EXPECT_EQ(send(IOSQE_FIXED_FILE | IOSQE_ASYNC, 0), -EACCES);
  EXPECT_EQ(read(), -EACCES);
  const int fd = there_.get();
  EXPECT_EQ(io_uring_register_eventfd(&ring_, fd), -EACCES);
}

TEST_F(Ring, IsRestrictedBeforeItIsEnabledOrNever) {
  ASSERT_EQ(enable_ring(ring_), 0);
  EXPECT_EQ(restrict_ring(ring_, {.operations = kSend}), -EBADFD);
}

}  // namespace
}  // namespace rollcall::send
