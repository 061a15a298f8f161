// What must be done to a record so that it mentions a person no more, and whose it is to do.
//
// How          A record that is about the person (its title is), and one that was removed, is erased whole where that is ours
//              to do. In another one every change whose values mention the person is redacted, which loses all values of the
//              change; so what still stands of it is written again first, with every mention replaced. What another council
//              answered or said is not ours to write again: where it mentions the person it goes, where it does not the change
//              is left to them.
// Determinism  A function of the record, of the membership and of the texts.
#pragma once

#include "daemon/api/find.h"

namespace budstikke::daemon {

struct Subject {
  std::string folded;       // by fold_case()
  std::string replacement;  // what is written instead
};

struct SubjectPlan {
  bool whole = false;
  std::vector<std::pair<Operation, Value>> rewrites;  // before the redaction, when not whole
  std::vector<OperationId> redacted;                  // changes
  std::map<CouncilId, std::uint64_t> left;            // changes that others must see to
  std::uint64_t newer = 0;                            // changes that only a newer version can see to
  bool in_import = false;                             // what an import keeps here of the record mentions it
  bool mentions_any() const { return whole || !redacted.empty() || !left.empty() || newer > 0 || in_import; }
};
Result<SubjectPlan> plan_for(const Node& node, const Network& network, const RecordState& state, const Subject& subject);

// The changes that carry the plan out, in this order; none when there is nothing to write.
std::vector<ChangeBytes> changes_of(const SubjectPlan& plan, const RecordKey& record, bool at_once, Random& random);

// Whether the value that an operation wrote mentions the subject. Fields that hold no free text never do.
bool is_mention(const KindInfo* kind, std::uint8_t field, const Value& value, const std::string& folded);

}  // namespace budstikke::daemon
