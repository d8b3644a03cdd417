// Package reference describes the fields of a campaign, once, for everything
// that explains them: docs/fields.md, the JSON Schema of a campaign, the help of
// octoq enqueue and its examples.
//
// Limits and words come from package campaign, whose Validate goes by the same
// constants. The page of the settings is made by cmd/octoq, which has them.
package reference
