import { z } from 'zod';

/** A CloudFormation value that the embedded stack fills in once it knows its own addresses. */
export type Reference =
  | { readonly kind: 'ref'; readonly resource: string }
  | { readonly kind: 'attribute'; readonly resource: string; readonly attribute: string };

export const Ref = z
  .strictObject({ Ref: z.string() })
  .transform((value): Reference => ({ kind: 'ref', resource: value.Ref }));

export const GetAtt = z
  .strictObject({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) })
  .transform(
    ({ 'Fn::GetAtt': [resource, attribute] }): Reference => ({ kind: 'attribute', resource, attribute }),
  );

/** `Fn::GetAtt: [X, Arn]` as the logical id `X`. */
export const ArnOf = z
  .strictObject({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) })
  .transform((value): string => value['Fn::GetAtt'][0]);

/** `Ref: X` as the logical id `X`. */
export const RefOf = Ref.transform((reference) => reference.resource);
