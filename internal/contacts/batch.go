package contacts

// batch gathers the rows of one call, in their order, and what stands between them.
type batch struct {
	size     int
	rows     []Row
	sendable int
	numbers  map[string]bool
}

func newBatch(size int) *batch { return &batch{size: max(size, 1), numbers: map[string]bool{}} }

// fullFor reports whether a row belongs to the next call. One whose number is in this call
// does, so that the later line overwrites the earlier one.
func (b *batch) fullFor(row Row) bool {
	return b.sendable >= b.size || len(b.rows) >= rowsPerBatch*b.size || b.numbers[row.Contact.PhoneNumber]
}

func (b *batch) add(row Row) {
	b.rows = append(b.rows, row)
	if row.Fault == "" {
		b.sendable++
		b.numbers[row.Contact.PhoneNumber] = true
	}
}

// take empties the batch.
func (b *batch) take() []Row {
	rows := b.rows
	b.rows, b.sendable = nil, 0
	clear(b.numbers)
	return rows
}
