// Package budgetstore keeps the rules and budgets of accounts in Redis, where alone they
// are in force, and reads what the budgets have spent. What a confirm reserves is written
// by package ledger, with the record.
package budgetstore
