// "Go Concurrency Patterns: Timing out, moving on" (PP-10): ask several databases, take the first
// reply, forget the others. The channel has room for one reply and the senders do not wait, so a
// loser never blocks.
#include <string>
#include <vector>

#include "common/select.hpp"
#include "patterns/wait_group/wait_group.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::query_first_test {

// A connection to a database that answers when the test says so.
class connection {
public:
    explicit connection(std::string name) : name_(std::move(name)) {}

    std::string do_query(const std::string& text) const {
        ready_.receive();
        return name_ + ": " + text;
    }
    void answer() const { ready_.send(unit{}); }

private:
    std::string name_;
    channel<unit> ready_ = make_channel<unit>();
};

// The group owns the tasks that are still at it when the first reply is there.
receiver<std::string> query(wait_group& group, const std::vector<connection>& connections,
                            const std::string& text, std::size_t room = 1) {
    const auto replies = make_channel<std::string>(room);
    for (const connection& c : connections)
        group.go([=] { select(send(replies, c.do_query(text)), otherwise()); });
    return replies;
}

class QueryFirstTest : public braid_test::fixture {
protected:
    const std::vector<connection> connections_{connection("a"), connection("b"), connection("c")};
};

TEST_F(QueryFirstTest, TheFirstReplyIsTaken) {
    for (const std::size_t fastest : {0U, 1U, 2U}) {
        wait_group group;
        const auto replies = query(group, connections_, "select 1");
        connections_[fastest].answer();
        EXPECT_EQ(*replies.receive(), std::string(1, "abc"[fastest]) + ": select 1");
        for (std::size_t i = 0; i < connections_.size(); ++i)
            if (i != fastest) connections_[i].answer();
    }
}

TEST_F(QueryFirstTest, LosersNeverBlock) {
    wait_group group;
    const auto replies = query(group, connections_, "select 1");
    for (const connection& c : connections_) c.answer();
    group.wait();  // nobody has received yet
    EXPECT_EQ(replies.size(), 1U) << "exactly one reply is kept";
    EXPECT_TRUE(replies.receive());
    EXPECT_EQ(replies.try_receive().status, receive_status::would_block);
}

TEST_F(QueryFirstTest, ManyAtOnceGiveOneReply) {
    for (int i = 0; i < braid_test::repeat(200); ++i) {
        wait_group group;
        const auto replies = query(group, connections_, "select 1");
        wait_group answering;
        for (const connection& c : connections_) answering.go([&c] { c.answer(); });
        ASSERT_TRUE(replies.receive());
        answering.wait();
        group.wait();
        // The first has left its place by then, so at most one of the others came into it.
        ASSERT_LE(replies.size(), 1U);
    }
}

// Why the room for one matters: without it a reply that comes before anybody waits is dropped.
TEST_F(QueryFirstTest, WithoutRoomForOneEveryReplyCanBeLost) {
    wait_group group;
    const auto replies = query(group, connections_, "select 1", 0);
    for (const connection& c : connections_) c.answer();
    group.wait();
    EXPECT_EQ(replies.try_receive().status, receive_status::would_block);
}

}  // namespace braid::query_first_test
