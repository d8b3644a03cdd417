package outbox

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5/pgconn"
)

// Tx is a transaction of the caller's: a pgx.Tx, or what SQL makes of one of
// database/sql. Commit is in it, and never called, so that the compiler refuses a pool
// or a connection, on which a campaign would be enqueued whatever becomes of the
// transaction.
type Tx interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Commit(ctx context.Context) error
}

// SQLTx is a transaction of database/sql: a *sql.Tx, or what embeds one.
type SQLTx interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	Commit() error
}

// SQL makes a Tx of a transaction of database/sql, whatever its driver.
func SQL(tx SQLTx) Tx { return sqlTx{tx} }

type sqlTx struct{ tx SQLTx }

// Exec runs a statement. Nothing here looks at the tag.
func (t sqlTx) Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error) {
	_, err := t.tx.ExecContext(ctx, query, args...)
	return pgconn.CommandTag{}, err
}

// Commit ends the transaction.
func (t sqlTx) Commit(context.Context) error { return t.tx.Commit() }
