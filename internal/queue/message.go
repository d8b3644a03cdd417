package queue

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"
)

// Numbers of the fields of asynq's TaskMessage that octoq reads. The others are
// kept as they are.
const (
	fieldType    protowire.Number = 1
	fieldPayload protowire.Number = 2
	fieldID      protowire.Number = 3
)

var errMessage = errors.New("asynq's message is not readable")

// message is what octoq reads of a task as asynq stores it.
type message struct {
	typename, id string
	payload      []byte
}

func readMessage(b []byte) (message, error) {
	var m message
	err := eachField(b, func(n protowire.Number, value []byte, _ []byte) {
		switch n {
		case fieldType:
			m.typename = string(value)
		case fieldPayload:
			m.payload = value
		case fieldID:
			m.id = string(value)
		}
	})
	if err == nil && m.id == "" {
		err = errMessage
	}
	return m, err
}

// withPayload is the message with another payload and all else as it was.
func withPayload(b, payload []byte) ([]byte, error) {
	var out []byte
	err := eachField(b, func(n protowire.Number, _ []byte, field []byte) {
		if n != fieldPayload {
			out = append(out, field...)
		}
	})
	out = protowire.AppendTag(out, fieldPayload, protowire.BytesType)
	return protowire.AppendBytes(out, payload), err
}

// eachField visits the fields of a message: the value is nil unless it is a
// string of bytes, the field is all of it.
func eachField(b []byte, visit func(n protowire.Number, value, field []byte)) error {
	for len(b) > 0 {
		number, kind, tag := protowire.ConsumeTag(b)
		if tag < 0 {
			return errMessage
		}
		size := protowire.ConsumeFieldValue(number, kind, b[tag:])
		if size < 0 {
			return errMessage
		}
		var value []byte
		if kind == protowire.BytesType {
			value, _ = protowire.ConsumeBytes(b[tag:])
		}
		visit(number, value, b[:tag+size])
		b = b[tag+size:]
	}
	return nil
}
