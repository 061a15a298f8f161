#include "protocol/records/fold.h"

#include <doctest/doctest.h>

#include "tests/protocol/records/councils.h"
#include "tests/support/builders.h"

using namespace budstikke;
using namespace budstikke::tests;

namespace {

using enum OperationClass;

std::optional<Standing> standing_of_log(LogNumber log) {
  switch (log.value) {
    case 1:
      return Standing{kOwner, Role::Council};
    case 2:
      return Standing{kOther, Role::Council};
    case 3:
      return Standing{kOwner, Role::Reader};
    case 4:
      return Standing{numbered<CouncilId>(3), Role::Council};
    default:
      return std::nullopt;  // no member
  }
}
constexpr LogNumber kOwnerLog{1}, kOtherLog{2}, kReaderLog{3}, kThirdLog{4}, kStrangerLog{9};

// A record's history, written change by change. Change n's operations are operation_id(n, 0, position).
struct FoldStory {
  explicit FoldStory(Kind kind = Kind::Event) : key{kOwner, static_cast<std::uint8_t>(kind), numbered<Nonce>(1)} {}
  OperationId take(LogNumber log, std::vector<Operation> operations) {
    const auto number = static_cast<std::uint8_t>(changes.size() + 1);
    FoldChange change;
    change.source = {numbered<EntryPrefix>(number), 0, numbered<Hash>(number), WallTime{number}, EntryNumber{number}, log};
    change.author = standing_of_log(log);
    change.skeleton = {key, std::move(operations)};
    changes.push_back(std::move(change));
    return operation_id(number);
  }
  // The same in every order is the twin's matter (fold_twin_test.cpp); here the newest come first as well.
  RecordState state() const {
    const std::vector<FoldChange> backwards(changes.rbegin(), changes.rend());
    RecordState state = fold(key, changes);
    CHECK(canonical_state(state) == canonical_state(fold(key, backwards)));
    return state;
  }
  std::vector<OperationId> live() const {
    const RecordState now = state();
    std::vector<OperationId> ids;
    for (const LiveOperation& operation : now.live) ids.push_back(now.id_of(operation));
    std::sort(ids.begin(), ids.end());
    return ids;
  }
  RecordKey key;
  std::vector<FoldChange> changes;
};

using Ids = std::vector<OperationId>;

}  // namespace

TEST_CASE("fold: the canonical state of a small record is golden") {
  FoldStory story;
  const OperationId title = story.take(kOwnerLog, {{2, Write}, {3, Write}, {1, Raise}});
  story.take(kOtherLog, {{2, Write, {title}}});
  story.take(kThirdLog, {{14, Answer}});
  CHECK(canonical_state(story.state()) ==
        golden("records.hex", "canonical state: start and shared of change 01s, title of 02s, answer of 03s"));
  CHECK(bytes_of(state_hash(id_of(story.key), story.state())) == golden("records.hex", "hash of this state"));
}

TEST_CASE("fold: of nothing is nothing, and is not hidden") {
  const FoldStory story;
  CHECK(story.live().empty());
  CHECK_FALSE(story.state().is_hidden());
  CHECK(canonical_state(story.state()).empty());
}

TEST_CASE("fold: what was overwritten knowingly is gone, what was written concurrently stands side by side") {
  FoldStory story;
  const OperationId first = story.take(kOwnerLog, {{2, Write}});
  const OperationId left = story.take(kOwnerLog, {{2, Write, {first}}}), right = story.take(kOwnerLog, {{2, Write, {first}}});
  CHECK(story.live() == Ids{left, right});
  const OperationId resolved = story.take(kOwnerLog, {{2, Write, {left, right}}});
  CHECK(story.live() == Ids{resolved});
}

TEST_CASE("fold: a reference to another field, another class or a later version's class does not count") {
  FoldStory story;
  const OperationId write = story.take(kOwnerLog, {{2, Write}}), add = story.take(kOwnerLog, {{2, Add}});
  story.take(kOwnerLog, {{2, static_cast<OperationClass>(77), {write, add}}});
  story.take(kOwnerLog, {{2, Answer, {write, add}}});
  story.take(kOwnerLog, {{2, Retract, {write, add}}});
  story.take(kOwnerLog, {{0, Restore, {write, add}}});
  story.take(kOwnerLog, {{3, Write, {write, add}}, {3, Take, {add}}, {2, Take, {write}}});
  CHECK(story.live() == Ids{write, add, operation_id(4), operation_id(7, 0, 0)});
}

TEST_CASE("fold: an add wins over a concurrent take") {
  FoldStory story;
  const OperationId seen = story.take(kOwnerLog, {{5, Add}});
  const OperationId unseen = story.take(kOwnerLog, {{5, Add}});
  story.take(kOwnerLog, {{5, Take, {seen}}});
  CHECK(story.live() == Ids{unseen});
}

TEST_CASE("fold: an add may replace another, and a take is never live") {
  FoldStory story;
  const OperationId first = story.take(kOwnerLog, {{5, Add}});
  const OperationId second = story.take(kOwnerLog, {{5, Add, {first}}});
  CHECK(story.live() == Ids{second});
  story.take(kOwnerLog, {{5, Take, {second}}});
  CHECK(story.live().empty());
}

TEST_CASE("fold: a reference to a take does not count, so what a void take named is not reached through it") {
  FoldStory story;
  const OperationId element = story.take(kOwnerLog, {{5, Add}});
  const OperationId take = story.take(kOtherLog, {{5, Take, {element}}});  // void
  const OperationId last = story.take(kOwnerLog, {{5, Add, {take}}});
  CHECK(story.live() == Ids{element, last});
}

TEST_CASE("fold: a removed record is hidden, an edit that the remove had not seen brings it back, and a restore does") {
  FoldStory story;
  const OperationId title = story.take(kOwnerLog, {{2, Write}}), tag = story.take(kOwnerLog, {{5, Add}});
  const OperationId remove = story.take(kOwnerLog, {{0, Remove, {title, tag}}});
  CHECK(story.state().is_hidden());
  CHECK(story.live() == Ids{title, tag, remove});  // nothing is overwritten
  SUBCASE("by a concurrent edit") {
    story.take(kOwnerLog, {{2, Write, {title}}});
    CHECK_FALSE(story.state().is_hidden());
    CHECK(story.state().has_removes());  // and it is said so
    const OperationId again = story.take(kOwnerLog, {{0, Remove, {tag, operation_id(4)}}});
    CHECK(story.state().is_hidden());
    story.take(kOwnerLog, {{0, Restore, {remove}}});
    CHECK(story.state().is_hidden());
    story.take(kOwnerLog, {{0, Restore, {again}}});
    CHECK_FALSE(story.state().is_hidden());
    CHECK_FALSE(story.state().has_removes());
  }
  SUBCASE("by a restore") {
    story.take(kOwnerLog, {{0, Restore, {remove}}});
    CHECK_FALSE(story.state().is_hidden());
    CHECK(story.live() == Ids{title, tag});
  }
  SUBCASE("but not by answers and comments") {
    story.take(kOtherLog, {{14, Answer}, {15, Comment}});
    CHECK(story.state().is_hidden());
  }
  SUBCASE("nor by an edit that is void") {
    story.take(kOtherLog, {{2, Write}});
    story.take(kStrangerLog, {{2, Write}});
    CHECK(story.state().is_hidden());
  }
  SUBCASE("nor by a take of what it had seen") {
    story.take(kOwnerLog, {{5, Take, {tag}}});
    CHECK(story.state().is_hidden());
  }
  SUBCASE("two removes hide together what neither had seen alone") {
    const OperationId place = story.take(kOwnerLog, {{8, Write}});
    CHECK_FALSE(story.state().is_hidden());
    story.take(kOwnerLog, {{0, Remove, {place}}});
    CHECK(story.state().is_hidden());
  }
}

TEST_CASE("fold: a remove of a record without content hides it until somebody writes") {
  FoldStory story;
  story.take(kOwnerLog, {{15, Comment}});
  story.take(kOwnerLog, {{0, Remove}});
  CHECK(story.state().is_hidden());
  story.take(kOwnerLog, {{2, Write}});
  CHECK_FALSE(story.state().is_hidden());
}

TEST_CASE("fold: a void operation overwrites nothing, and who overwrites it overwrites what it named") {
  FoldStory story;
  const OperationId title = story.take(kOwnerLog, {{2, Write}});
  const OperationId first_void = story.take(kOtherLog, {{2, Write, {title}}});  // not shared
  CHECK(story.live() == Ids{title});
  const OperationId second_void = story.take(kReaderLog, {{2, Write, {first_void}}});
  CHECK(story.live() == Ids{title});
  CHECK(story.state().voids == 2);
  const OperationId last = story.take(kOwnerLog, {{2, Write, {second_void}}});
  CHECK(story.live() == Ids{last});
}

TEST_CASE("fold: what a void operation of another field or council named is not reached") {
  FoldStory story;
  const OperationId title = story.take(kOwnerLog, {{2, Write}}), place = story.take(kOwnerLog, {{8, Write}});
  const OperationId elsewhere = story.take(kOtherLog, {{8, Write, {title, place}}});  // void
  const OperationId last = story.take(kOwnerLog, {{2, Write, {elsewhere}}});
  CHECK(story.live() == Ids{title, place, last});
}

TEST_CASE("fold: sharing makes others' edits valid, those of before as well, and un-sharing takes nothing back") {
  FoldStory story;
  const OperationId title = story.take(kOwnerLog, {{2, Write}});
  const OperationId early = story.take(kOtherLog, {{2, Write, {title}}});
  CHECK(story.live() == Ids{title});
  const OperationId shared = story.take(kOwnerLog, {{kSharedField, Raise}});
  CHECK(story.live() == Ids{early, shared});
  CHECK(story.state().ever_shared);
  const OperationId unshared = story.take(kOwnerLog, {{kSharedField, Lower, {shared}}});
  const OperationId late = story.take(kOtherLog, {{2, Write, {early}}});
  CHECK(story.live() == Ids{unshared, late});
  CHECK(story.state().voids == 0);
}

TEST_CASE("fold: only the owner shares") {
  FoldStory story;
  story.take(kOtherLog, {{kSharedField, Raise}});
  story.take(kReaderLog, {{kSharedField, Raise}});
  story.take(kOtherLog, {{2, Write}});
  CHECK_FALSE(story.state().ever_shared);
  CHECK(story.live().empty());
  CHECK(story.state().voids == 3);
}

TEST_CASE("fold: answers are one register per council") {
  FoldStory story;
  const OperationId own = story.take(kOwnerLog, {{14, Answer}}), other = story.take(kOtherLog, {{14, Answer}});
  CHECK(story.live() == Ids{own, other});
  const OperationId greedy = story.take(kOtherLog, {{14, Answer, {own, other}}});
  CHECK(story.live() == Ids{own, greedy});
  const OperationId mind = story.take(kOtherLog, {{14, Answer, {greedy}}}),
                    device = story.take(kOtherLog, {{14, Answer, {greedy}}});
  CHECK(story.live() == Ids{own, mind, device});  // two devices at once: a conflict of one council
}

TEST_CASE("fold: an answer past its author's cut is still its council's, so that what it replaced does not come back") {
  FoldStory story;
  const OperationId first = story.take(kOtherLog, {{14, Answer}});
  const OperationId late = story.take(kStrangerLog, {{14, Answer, {first}}});
  const OperationId last = story.take(kOtherLog, {{14, Answer, {late}}});
  CHECK(story.live() == std::vector{first, last});  // of nobody who is a member
  story.changes[1].council = kOther;
  CHECK(story.live() == std::vector{last});
}

TEST_CASE("fold: a comment is taken back by its own council only") {
  FoldStory story;
  const OperationId own = story.take(kOwnerLog, {{15, Comment}}), other = story.take(kOtherLog, {{15, Comment}});
  story.take(kOwnerLog, {{15, Retract, {other}}});
  story.take(kOtherLog, {{15, Comment, {own, other}}});  // a comment overwrites nothing
  CHECK(story.live() == Ids{own, other, operation_id(4)});
  story.take(kOtherLog, {{15, Retract, {other, own}}});
  CHECK(story.live() == Ids{own, operation_id(4)});
}

TEST_CASE("fold: what a valid operation names before it arrives is awaited, and is gone when it comes") {
  FoldStory story;
  story.take(kOwnerLog, {{2, Write}});
  const OperationId over = story.take(kOwnerLog, {{2, Write, {operation_id(1), operation_id(77)}}});
  CHECK(story.state().awaited == Ids{operation_id(77)});
  RecordState state = story.state();
  FoldChange awaited = story.changes[0];
  awaited.source.entry = operation_id(77).entry;
  CHECK_FALSE(apply(state, awaited, standing_of_log));
  story.changes.push_back(awaited);
  CHECK(story.live() == Ids{over});
  CHECK(story.state().awaited.empty());
}

TEST_CASE("fold: apply takes what is common, and leaves the rest to a new fold with nothing changed") {
  FoldStory story;
  const OperationId title = story.take(kOwnerLog, {{2, Write}});
  RecordState state = story.state();
  const auto offer = [&](LogNumber log, std::vector<Operation> operations) {
    story.take(log, std::move(operations));
    const RecordState before = state;
    const bool taken = apply(state, story.changes.back(), standing_of_log);
    if (!taken) {
      CHECK(canonical_state(state) == canonical_state(before));
      state = fold(story.key, story.changes);
    }
    CHECK(canonical_state(state) == canonical_state(story.state()));
    return taken;
  };
  CHECK(offer(kOwnerLog, {{2, Write, {title}}}));
  CHECK(offer(kOwnerLog, {{5, Add}, {14, Answer}}));
  CHECK(offer(kOtherLog, {{2, Write}}));                           // void
  CHECK_FALSE(offer(kOwnerLog, {{2, Write, {title}}}));            // of something gone
  CHECK_FALSE(offer(kOwnerLog, {{2, Write, {operation_id(4)}}}));  // of something void
  CHECK_FALSE(offer(kOwnerLog, {{1, Raise}}));                     // which makes the void valid
  CHECK(offer(kOwnerLog, {{1, Raise}}));
  CHECK_FALSE(offer(kOwnerLog, {{2, Write, {operation_id(99)}}}));  // of something awaited
}

TEST_CASE("fold: announcements are the national council's alone, and confirmed by all") {
  FoldStory story(Kind::Announcement);
  story.take(kOwnerLog, {{2, Write}});  // a council
  CHECK(story.live().empty());
  const OperationId confirmed = story.take(kOtherLog, {{7, Answer}});
  CHECK(story.live() == Ids{confirmed});
}

TEST_CASE("fold: record, leaf, field, class and operation all count for the state's hash") {
  FoldStory story;
  story.take(kOwnerLog, {{2, Write}});
  const RecordState state = story.state();
  const Hash before = state_hash(id_of(story.key), state);
  const auto with = [&](auto change) {
    RecordState other = state;
    change(other);
    return state_hash(id_of(story.key), other);
  };
  CHECK(before != state_hash(numbered<RecordId>(1), state));
  CHECK(before != with([](RecordState& other) { other.sources[0].leaf.bytes[0] ^= 1; }));
  CHECK(before != with([](RecordState& other) { other.sources[0].entry.bytes[0] ^= 1; }));
  CHECK(before != with([](RecordState& other) { other.sources[0].change = 1; }));
  CHECK(before != with([](RecordState& other) { other.live[0].field = 3; }));
  CHECK(before != with([](RecordState& other) { other.live[0].position = 1; }));
  CHECK(before != with([](RecordState& other) { other.live[0].operation_class = Raise; }));
  CHECK(before == with([](RecordState& other) { other.sources[0].number = EntryNumber{5}; }));  // local numbers are not
  CHECK(before == with([](RecordState& other) { other.sources[0].log = LogNumber{5}; }));
  CHECK(before == with([](RecordState& other) { other.sources[0].stamp = WallTime{5}; }));
}
