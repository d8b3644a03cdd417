// Package phone compares phone numbers, and hides them: what is only counted or
// compared is kept as a hash under a key that Redis does not have.
package phone
