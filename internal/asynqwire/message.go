package asynqwire

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

// Message is what octoq reads of a task as asynq stores it.
type Message struct {
	Type, ID string
	Payload  []byte
}

// ReadMessage reads the message of a task.
func ReadMessage(b []byte) (Message, error) {
	var m Message
	err := eachField(b, func(n protowire.Number, value []byte, _ []byte) {
		switch n {
		case fieldType:
			m.Type = string(value)
		case fieldPayload:
			m.Payload = value
		case fieldID:
			m.ID = string(value)
		}
	})
	if err == nil && m.ID == "" {
		err = errMessage
	}
	return m, err
}

// ReplacePayload is the message with another payload and all else as it was.
func ReplacePayload(b, payload []byte) ([]byte, error) {
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
