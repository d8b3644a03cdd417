package hold

// Chore is the name of the lease under which one process at a time keeps the
// queues in line with the hold.
const Chore = "hold"
