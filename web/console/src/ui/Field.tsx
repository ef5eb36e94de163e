import {
  FieldError,
  Input,
  Label,
  Text,
  TextArea,
  TextField,
  type TextFieldProps,
} from 'react-aria-components'

interface Props extends TextFieldProps {
  label: string
  hint?: string | undefined
  error?: string | undefined
  isLong?: boolean
}

/** A labelled field with its hint and its error. */
export function Field({ label, hint, error, isLong = false, ...rest }: Props) {
  return (
    <TextField {...rest} isInvalid={Boolean(error)} validationBehavior="aria" className="field">
      <Label>{label}</Label>
      {isLong ? <TextArea rows={4} className="input" /> : <Input className="input" />}
      {hint && (
        <Text slot="description" className="fine">
          {hint}
        </Text>
      )}
      <FieldError className="field-error">{error}</FieldError>
    </TextField>
  )
}
