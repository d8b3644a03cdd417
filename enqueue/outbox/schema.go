package outbox

import (
	"context"
	_ "embed" // the schema
	"fmt"
)

//go:embed schema.sql
var schema string

// Schema is the SQL that makes the tables, for those who migrate by tools of their
// own. It is to run in one transaction, and may run again.
func Schema() string { return schema }

// Migrate makes the tables in a transaction, which the caller commits. Where they are
// there already it changes nothing. Several may run at once; they wait for each other.
func Migrate(ctx context.Context, tx Tx) error {
	if _, err := tx.Exec(ctx, schema); err != nil {
		return fmt.Errorf("make the tables of the outbox: %w", err)
	}
	return nil
}
