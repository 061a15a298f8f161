// How long it takes until what one node has written can be read at another.
//
// Shape        One event after the other is added at the server; the newcomer is asked for it again and again. A node answers
//              only with what is durable there, so an answer is the end of the way. The first few writes are not counted.
#pragma once

#include "tests/bench/joined_pair.h"

namespace budstikke::bench {

struct VisibleFigures {
  std::vector<double> from_commit;   // seconds from the writer's acknowledgement, which follows its commit
  std::vector<double> from_request;  // seconds from the moment the writer was asked
  std::vector<double> question;      // seconds that asking the reader takes, which is in every figure above
  std::vector<double> floor;         // seconds of a durable commit of one row by LMDB alone, one after every write: the speed of
                                     // a disk that others use too changes from moment to moment
};

VisibleFigures measure_visible(JoinedPair& pair, std::size_t writes);

}  // namespace budstikke::bench
